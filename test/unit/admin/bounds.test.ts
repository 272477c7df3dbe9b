import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectRaw } from '../../support/raw-client.ts';
import type { RawSocket } from '../../support/raw-socket.ts';
import { eventually } from '../../support/wait.ts';
import { openedAdmin } from './open.ts';

const CONNECTIONS = 64;
const TOKEN = '0123456789abcdef';
const LIVEZ = 'GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n';

test('one exposition is made at a time, and whoever asks meanwhile shares the next', async (t) => {
  let made = 0;
  const waiting: (() => void)[] = [];
  const metrics = async () => {
    made += 1;
    const text = `sluice_made ${made}\n`;
    await new Promise<void>((resolve) => void waiting.push(resolve));
    return { type: 'text/plain', text };
  };
  const { address } = await openedAdmin(t, { metrics });
  const scrape = async () => (await fetch(`http://${address}/metrics`)).text();
  const first = scrape();
  await eventually(() => waiting.length === 1);
  const others = Array.from({ length: 20 }, scrape);
  // Answered after all that was asked before it.
  await fetch(`http://${address}/livez`);
  assert.equal(made, 1);
  waiting.shift()!();
  assert.equal(await first, 'sluice_made 1\n');
  await eventually(() => waiting.length === 1);
  waiting.shift()!();
  assert.deepEqual(new Set(await Promise.all(others)), new Set(['sluice_made 2\n']));
  const last = scrape();
  await eventually(() => waiting.length === 1);
  waiting.shift()!();
  assert.equal(await last, 'sluice_made 3\n');
});

test('more questions than can be answered are sent away; probes are answered meanwhile', async (t) => {
  const release: (() => void)[] = [];
  const slow = async () => {
    await new Promise<void>((resolve) => void release.push(resolve));
    return { status: 200, body: {} };
  };
  const { address } = await openedAdmin(t, { pages: { '/api/v1/slow': slow } });
  let told = 0;
  const ask = () => fetch(`http://${address}/api/v1/slow`).finally(() => (told += 1));
  const asked = Array.from({ length: 60 }, ask);
  const refused = await Promise.race(asked);
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get('retry-after'), '1');
  assert.deepEqual(await refused.json(), { error: 'too many ask at once' });
  assert.equal((await fetch(`http://${address}/livez`)).status, 200);
  await eventually(() => told === 60 - (8 + 32));
  const releasing = setInterval(() => release.splice(0).forEach((resolve) => resolve()), 5);
  t.after(() => clearInterval(releasing));
  const statuses = (await Promise.all(asked)).map(({ status }) => status);
  assert.deepEqual(new Set(statuses), new Set([200, 503]));
  assert.equal(statuses.filter((status) => status === 200).length, 8 + 32);
});

test('what clients leave unread is bounded in all, and read again it makes room', async (t) => {
  const text = 'x'.repeat(40 * 1024 * 1024);
  const { address } = await openedAdmin(t, {
    metrics: async () => ({ type: 'text/plain', text }),
  });
  await using slow = await connectRaw(address);
  slow.stopReading();
  await slow.send('GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  const scrape = async () => {
    const response = await fetch(`http://${address}/metrics`);
    await response.arrayBuffer();
    return response;
  };
  const refused = await eventually(async () => {
    const response = await scrape();
    return response.status === 503 ? response : null;
  });
  assert.equal(refused.headers.get('retry-after'), '10');
  slow.reset();
  await eventually(async () => (await scrape()).status === 200);
});

test('silent connections give way to one that asks', async (t) => {
  const { address } = await openedAdmin(t);
  const silent: RawSocket[] = [];
  for (let i = 0; i < 3 * CONNECTIONS; i++) silent.push(await connectRaw(address));
  t.after(() => silent.forEach(({ socket }) => socket.destroy()));
  // Half a request is no request.
  for (const one of silent)
    if (one.socket.writable) await one.send('GET /livez HT').catch(() => {});
  assert.match(await answer(address, LIVEZ), /^HTTP\/1\.1 200 /);
  assert.notEqual(await silent[0]!.end(), undefined);
});

test('with all connections waiting for answers, the one that waits longest gives way', async (t) => {
  let asked = 0;
  const never = () => new Promise<never>(() => void (asked += 1));
  const { address } = await openedAdmin(t, { files: { '/': never } });
  const waiting: RawSocket[] = [];
  t.after(() => waiting.forEach(({ socket }) => socket.destroy()));
  for (let i = 0; i < CONNECTIONS; i++) {
    const client = await connectRaw(address);
    waiting.push(client);
    await client.send('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    await eventually(() => i > 0 || asked === 1);
  }
  await eventually(() => asked === CONNECTIONS);
  assert.match(await answer(address, LIVEZ), /^HTTP\/1\.1 200 /);
  await waiting[0]!.end();
  assert.ok(!waiting[1]!.socket.readableEnded);
});

test('more than can be answered at once waits or is sent away; strangers and probes are neither', async (t) => {
  const { address } = await openedAdmin(t, {}, { token: TOKEN });
  const headers = { Authorization: `Bearer ${TOKEN}` };
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`http://${address}${path}`, init);
    await response.arrayBuffer();
    return response;
  };
  const each = (path: string) => Promise.all(Array.from({ length: 300 }, () => ask(path)));
  const strangers = await each('/metrics');
  const probes = await each('/livez');
  assert.deepEqual(new Set(strangers.map(({ status }) => status)), new Set([401]));
  assert.deepEqual(new Set(probes.map(({ status }) => status)), new Set([200]));
  const told = await Promise.all(Array.from({ length: 300 }, () => ask('/api/v1', { headers })));
  for (const { status, headers: sent } of told)
    assert.ok(status === 200 || sent.get('retry-after') === '1', String(status));
});

test('what is too much of a request is refused', async (t) => {
  const { address } = await openedAdmin(t);
  const cases: [RegExp, string][] = [
    [
      /^HTTP\/1\.1 431 /,
      `GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${'x'.repeat(9000)}\r\n\r\n`,
    ],
    [/^HTTP\/1\.1 431 /, `GET /${'x'.repeat(9000)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`],
    [/^HTTP\/1\.1 413 /, 'GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999\r\n\r\n'],
    [
      /^HTTP\/1\.1 413 /,
      'POST /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n',
    ],
    [/^HTTP\/1\.1 400 /, 'GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n'],
    [/^HTTP\/1\.1 400 /, 'nonsense\r\n\r\n'],
    [/^$/, 'CONNECT 127.0.0.1:6379 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'],
  ];
  for (const [expected, request] of cases) assert.match(await answer(address, request), expected);
});

test('a client that does not wait for its answers is cut', async (t) => {
  const never = () => new Promise<never>(() => {});
  const { address } = await openedAdmin(t, { pages: { '/api/v1/slow': never } });
  const request = 'GET /api/v1/slow HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
  assert.equal(await answer(address, request.repeat(1000)), '');
});

test('however fast they come, all that wait for their answers get them', async (t) => {
  const { address } = await openedAdmin(t);
  const statuses = await Promise.all(
    Array.from({ length: 30 }, async () => {
      const seen: number[] = [];
      for (let i = 0; i < 5; i++) seen.push((await fetch(`http://${address}/livez`)).status);
      return seen;
    }),
  );
  assert.deepEqual(new Set(statuses.flat()), new Set([200]));
});

async function answer(address: string, request: string): Promise<string> {
  await using client = await connectRaw(address);
  await client.send(request);
  await client.end();
  return client.bytes().toString('latin1');
}
