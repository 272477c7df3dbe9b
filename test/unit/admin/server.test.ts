import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { request, type IncomingMessage, type Server } from 'node:http';
import { test, type TestContext } from 'node:test';
import type { AdminSources } from '../../../src/admin/entries.ts';
import { openedAdmin } from './open.ts';

async function admin(
  t: TestContext,
  sources: Partial<AdminSources> = {},
  token: string | null = null,
) {
  const { address } = await openedAdmin(t, sources, { token });
  return (path: string, init: RequestInit = {}) => fetch(`http://${address}${path}`, init);
}

test('the edge is ready when nothing keeps it from being so, and says in words what does', async (t) => {
  const ready = await (await admin(t))('/readyz');
  assert.equal(ready.status, 200);
  assert.equal(await ready.text(), 'ready\nengine net: asked for\n');
  const waiting = await (await admin(t, { problems: () => ['no routes read yet'] }))('/readyz');
  assert.equal(waiting.status, 503);
  assert.match(await waiting.text(), /no routes read yet/);
});

test('metrics come with the content type of their format', async (t) => {
  const response = await (await admin(t))('/metrics');
  assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4');
  assert.equal(await response.text(), 'sluice_up 1\n');
});

test('with a token, metrics need it and the probes do not', async (t) => {
  const get = await admin(t, {}, 'secret');
  assert.equal((await get('/metrics')).status, 401);
  const wrong = { headers: { authorization: 'Bearer secreT' } };
  assert.equal((await get('/metrics', wrong)).status, 401);
  const right = { headers: { authorization: 'Bearer secret' } };
  assert.equal((await get('/metrics', right)).status, 200);
  assert.equal((await get('/livez')).status, 200);
  assert.equal((await get('/readyz')).status, 200);
});

test('any other page is not found, and any other method not allowed', async (t) => {
  const get = await admin(t);
  assert.equal((await get('/etc/passwd')).status, 404);
  assert.equal((await get('/constructor')).status, 404);
  assert.equal((await get('/metrics', { method: 'POST' })).status, 405);
});

test('a page that fails answers 500 and the next one is served', async (t) => {
  const get = await admin(t, { metrics: async () => Promise.reject(new Error('broken')) });
  assert.equal((await get('/metrics')).status, 500);
  assert.equal((await get('/livez')).status, 200);
});

test('an error of accept leaves the listener listening', async (t) => {
  const seen = new Set<Server>();
  const see = (message: unknown) => void seen.add((message as { readonly server: Server }).server);
  subscribe('http.server.request.start', see);
  t.after(() => unsubscribe('http.server.request.start', see));
  const get = await admin(t);
  await get('/livez');
  assert.equal(seen.size, 1);
  for (const server of seen) server.emit('error', new Error('accept EMFILE'));
  assert.equal((await get('/livez')).status, 200);
});

test('the API answers in JSON, with what the query asks for', async (t) => {
  const get = await admin(t);
  const page = await get('/api/v1/routes?after=*.example.com');
  assert.equal(page.headers.get('content-type'), 'application/json');
  assert.deepEqual(await page.json(), { after: '*.example.com' });
  assert.equal((await get('/api/v1/explain')).status, 400);
  assert.equal((await get('/api/v1/explain', { method: 'DELETE' })).status, 405);
});

test('the API names its pages, and refuses in JSON', async (t) => {
  const get = await admin(t);
  const pages = ['/api/v1/explain', '/api/v1/routes'];
  assert.deepEqual(await (await get('/api/v1')).json(), { version: 1, pages });
  const unknown = await get('/api/v1/nothing');
  assert.equal(unknown.status, 404);
  assert.deepEqual(await unknown.json(), { error: 'no such page' });
});

test('HEAD is GET without the answer', async (t) => {
  const get = await admin(t);
  for (const path of ['/', '/livez', '/metrics', '/api/v1/routes', '/nothing']) {
    const [full, head] = [await get(path), await get(path, { method: 'HEAD' })];
    assert.equal(head.status, full.status, path);
    assert.equal(head.headers.get('content-length'), full.headers.get('content-length'), path);
    assert.equal(await head.text(), '');
    assert.notEqual(await full.text(), '');
  }
});

test('nothing of it may be framed, kept, or read from another site', async (t) => {
  const get = await admin(t);
  for (const path of ['/', '/livez', '/metrics', '/api/v1/routes', '/nothing']) {
    const { headers } = await get(path);
    assert.equal(headers.get('x-frame-options'), 'DENY', path);
    assert.match(headers.get('content-security-policy')!, /frame-ancestors 'none'/);
    assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin');
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('access-control-allow-origin'), null);
  }
});

test('the page itself is shown without the token, so that it can ask for it', async (t) => {
  const get = await admin(t, {}, 'secret');
  assert.equal((await get('/')).status, 200);
  assert.equal((await get('/api/v1')).status, 401);
});

test('why the edge is not ready is for those who have the token', async (t) => {
  const sources = { problems: () => ['no routes read yet: reading redis.internal'] };
  const get = await admin(t, sources, 'secret');
  const short = await get('/readyz');
  assert.equal(short.status, 503);
  assert.doesNotMatch(await short.text(), /redis/);
  const headers = { authorization: 'Bearer secret' };
  assert.match(await (await get('/readyz', { headers })).text(), /redis\.internal/);
});

test('an answer that cannot be written cuts its client, and the next one is served', async (t) => {
  const loop: Record<string, unknown> = {};
  loop['self'] = loop;
  const get = await admin(t, { pages: { '/api/v1/loop': () => ({ status: 200, body: loop }) } });
  await assert.rejects(get('/api/v1/loop'));
  assert.equal((await get('/livez')).status, 200);
});

test('with a token, the API needs it', async (t) => {
  const get = await admin(t, {}, 'secret');
  assert.equal((await get('/api/v1/routes')).status, 401);
  const headers = { authorization: 'Bearer secret' };
  assert.equal((await get('/api/v1/routes', { headers })).status, 200);
});

test('a name in the Host is refused, as a stranger may point one here, unless the token is given', async (t) => {
  const port = await portOf(t, null);
  for (const host of ['evil.example', 'evil.example:80', '127.0.0.1.evil.example', 'a b'])
    assert.equal(await statusFor(port, host), 421, host);
  for (const host of ['localhost', 'edge.localhost:8404', '127.0.0.1', '192.0.2.7:8404', '[::1]:1'])
    assert.equal(await statusFor(port, host), 200, host);
  const guarded = await portOf(t, 'secret');
  assert.equal(await statusFor(guarded, 'edge-1.internal', 'secret'), 200);
  assert.equal(await statusFor(guarded, 'edge-1.internal'), 401);
});

async function portOf(t: TestContext, token: string | null): Promise<number> {
  const { address } = await openedAdmin(t, {}, { token });
  return Number(address.split(':')[1]);
}

// fetch would not let us choose the Host.
async function statusFor(port: number, host: string, token?: string): Promise<number> {
  const headers = { host, ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  const asked = request({
    port,
    host: '127.0.0.1',
    path: '/api/v1/routes',
    headers,
    agent: false,
  }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode!;
}
