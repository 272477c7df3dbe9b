import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { askTls } from '../support/ask.ts';
import { curl } from '../support/curl.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { connectRaw } from '../support/raw-client.ts';
import type { RawSocket } from '../support/raw-socket.ts';
import { runSluice, startSluice, type Sluice } from '../support/sluice.ts';

const NAME = 'app.example.test';
const TOKEN = '0123456789abcdef';
const GUARDED = ['/metrics', '/api/v1', '/api/v1/overview', '/api/v1/routes', '/api/v1/events'];
const SLOW = 50;
const SESSIONS = 100;
const FLOODERS = 24;
/** Of each: several times what is answered in a second. */
const FLOOD = 100;

test('200 slow clients of the admin listener: every session is served, and so are probes', async (t) => {
  await using backend = await startNamedBackend('one');
  await using sluice = await startSluice({ routes: { [NAME]: { backends: [backend.address] } } });
  const clients = [
    // Half of a request, all of one whose answer is never read, a stream that is never read.
    ...(await slowClients(t, sluice, 2 * SLOW, 'GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nX-')),
    ...(await slowClients(t, sluice, SLOW, request('/metrics'))),
    ...(await slowClients(t, sluice, SLOW, request('/api/v1/events'))),
  ];
  for (const client of clients.slice(2 * SLOW)) client.stopReading();
  const scraped = new Set<number | string>();
  const over = new AbortController();
  const scrape = async () => {
    while (!over.signal.aborted) scraped.add(await scrapeOnce(sluice));
  };
  const scrapers = Promise.all([scrape(), scrape(), scrape(), scrape()]);
  for (let asked = 0; asked < SESSIONS; asked++)
    assert.equal(await askTls(sluice.address(), NAME), 'one');
  assert.equal((await sluice.admin('/livez')).status, 200);
  over.abort();
  await scrapers;
  assert.ok(scraped.has(200));
  for (const answer of scraped) assert.ok([200, 503, 'closed'].includes(answer), String(answer));
  // Whoever does not finish its request is cut.
  for (const client of clients.slice(0, 2 * SLOW)) await client.end();
  await sluice.waitForMetric('sluice_sessions_total', { termination: 'ok' }, SESSIONS);
});

test('clients that ask and go away keep neither probes nor scrapers out, and leave nothing behind', async () => {
  const env = { SLUICE_ADMIN_TOKEN: TOKEN };
  await using sluice = await startSluice({ env });
  const { host } = new URL(sluice.adminUrl);
  const headers = { Authorization: `Bearer ${TOKEN}` };
  const told = `Authorization: Bearer ${TOKEN}\r\n`;
  const asked = [request('/livez'), request('/metrics'), request('/api/v1', told)];
  const over = new AbortController();
  const flood = Promise.all(
    Array.from({ length: FLOODERS }, (_, at) => askAndLeave(host, asked[at % asked.length]!)),
  ).finally(() => over.abort());
  do {
    assert.equal((await curl(`${sluice.adminUrl}/livez`)).status, 200);
    assert.equal((await curl(`${sluice.adminUrl}/readyz`)).status, 200);
  } while (!over.signal.aborted);
  await flood;
  // Had they stayed in the queue, it would be full.
  const after = await fetch(`${sluice.adminUrl}/api/v1`, { headers });
  assert.equal(after.status, 200);
});

test('whoever comes as the ninth to watch sessions is told when to come back', async (t) => {
  await using sluice = await startSluice();
  const path = '/api/v1/sessions';
  for (let i = 0; i < 10; i++)
    assert.equal((await fetch(`${sluice.adminUrl}${path}`, { method: 'HEAD' })).status, 200);
  const watchers = await slowClients(t, sluice, 8, request(path));
  for (const watcher of watchers) await watcher.read('HTTP/1.1 200'.length);
  const refused = await curl(`${sluice.adminUrl}${path}`);
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '10']);
});

test('a name that a stranger points here gets nothing to read', async () => {
  await using sluice = await startSluice();
  const { host: via } = new URL(sluice.adminUrl);
  for (const path of [...GUARDED, '/']) {
    const answer = await curl(`http://rebound.example${path}`, { via });
    assert.equal(answer.status, 421, path);
    assert.doesNotMatch(answer.body, /sluice_|"version"|<html/, path);
  }
  const ready = await curl('http://rebound.example/readyz', { via });
  assert.deepEqual([ready.status, ready.body], [200, 'ready\n']);
});

test('a page of another site gets one answer, whatever it has a browser ask', async () => {
  await using sluice = await startSluice();
  const answers = new Set<string>();
  for (const path of [...GUARDED, '/livez', '/readyz', '/nothing'])
    for (const header of ['Sec-Fetch-Site: cross-site', 'Origin: http://127.0.0.1:3000']) {
      const { status, headers } = await curl(`${sluice.adminUrl}${path}`, { args: ['-H', header] });
      assert.equal(headers.get('access-control-allow-origin'), undefined);
      answers.add(`${status}`);
    }
  assert.deepEqual([...answers], ['403']);
  const preflight = ['-X', 'OPTIONS', '-H', 'Origin: http://evil.example'];
  assert.equal((await curl(`${sluice.adminUrl}/api/v1`, { args: preflight })).status, 403);
});

test('with a token, only the page, and whether the edge is alive and ready, are for everybody', async () => {
  await using sluice = await startSluice({ env: { SLUICE_ADMIN_TOKEN: TOKEN } });
  for (const path of GUARDED) {
    const untold = await curl(`${sluice.adminUrl}${path}`);
    assert.equal(untold.status, 401, path);
    assert.equal(untold.headers.get('www-authenticate'), 'Bearer');
  }
  for (const path of ['/', '/livez', '/readyz'])
    assert.equal((await curl(`${sluice.adminUrl}${path}`)).status, 200, path);
  const args = ['-H', `Authorization: Bearer ${TOKEN}`];
  const overview = await curl(`${sluice.adminUrl}/api/v1/overview`, { args });
  assert.equal((JSON.parse(overview.body) as { version: number }).version, 1);
});

test('an admin listener that others could reach is not opened without a token', async () => {
  for (const admin of ['0.0.0.0:0', '[::]:0', '192.0.2.1:8404']) {
    const args = ['serve', '--listen=tls://127.0.0.1:0', '--routes=none.json', `--admin=${admin}`];
    const { code, stderr } = await runSluice(args);
    assert.notEqual(code, 0);
    assert.match(stderr, /is not loopback, so --admin-token is required/);
  }
});

test('those who watch keep no edge from ending', async (t) => {
  await using sluice = await startSluice();
  const watchers = await slowClients(t, sluice, 10, request('/api/v1/events'));
  for (const watcher of watchers) await watcher.read('HTTP/1.1 200'.length);
  assert.deepEqual(await sluice.stop(), { code: 0, signal: null });
  for (const watcher of watchers) await watcher.end();
});

test('pages that the API names are there', async () => {
  await using sluice = await startSluice();
  const { pages } = JSON.parse((await sluice.admin('/api/v1')).body) as { pages: string[] };
  for (const page of pages) {
    const response = await fetch(`${sluice.adminUrl}${page}`, { method: 'HEAD' });
    assert.equal(response.status, 200, page);
  }
});

// `closed` where it is the one too many.
function scrapeOnce(sluice: Sluice): Promise<number | string> {
  return sluice.admin('/metrics').then(
    ({ status }) => status,
    () => 'closed',
  );
}

function request(path: string, fields = ''): string {
  return `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${fields}\r\n`;
}

async function askAndLeave(host: string, text: string): Promise<void> {
  for (let i = 0; i < FLOOD; i++) {
    const client = await connectRaw(host);
    // It may be the one too many.
    await client.send(text).catch(() => {});
    client.socket.destroy();
  }
}

async function slowClients(
  t: TestContext,
  sluice: Sluice,
  count: number,
  first: string,
): Promise<RawSocket[]> {
  const { host } = new URL(sluice.adminUrl);
  const clients: RawSocket[] = [];
  t.after(() => clients.forEach(({ socket }) => socket.destroy()));
  for (let i = 0; i < count; i++) {
    const client = await connectRaw(host);
    clients.push(client);
    await client.send(first);
  }
  return clients;
}
