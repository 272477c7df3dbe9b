import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:http';
import { test, type TestContext } from 'node:test';
import { openAdmin, type AdminSources } from '../../../src/admin/server.ts';

const SOURCES: AdminSources = {
  metrics: async () => ({ type: 'text/plain; version=0.0.4', text: 'sluice_up 1\n' }),
  problems: () => [],
  notes: () => ['engine net: asked for'],
};

async function admin(
  t: TestContext,
  sources: Partial<AdminSources> = {},
  token: string | null = null,
) {
  const listener = await openAdmin(
    { host: '127.0.0.1', port: 0, token },
    { ...SOURCES, ...sources },
  );
  t.after(() => listener.close());
  return (path: string, init: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${listener.address.port}${path}`, init);
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
