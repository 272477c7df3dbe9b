import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ask } from '../support/ask.ts';
import { clientHello } from '../support/client-hello.ts';
import { makeFolder } from '../support/folder.ts';
import { answerTo, openSession, sendHello, startGreeter } from '../support/greeter.ts';
import { connectRaw } from '../support/raw-client.ts';
import type { RawBackend } from '../support/raw-backend.ts';
import { startSluice, type Sluice } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';

const NAME = 'app.example.test';
const PRELOAD = join(import.meta.dirname, '../support/unruly-workers.js');
const NET = process.env['TEST_ENGINE'] === 'net';
const SEVERAL = NET ? [] : ['--workers=4'];

test('an edge has as many sessions as it may, of all workers, and others are refused at once', async () => {
  await using backend = await startGreeter();
  await using sluice = await startEdge(backend, '--max-connections=5', ...SEVERAL);
  const tls = sluice.address();
  const clients = await Promise.all(Array.from({ length: 20 }, () => connectRaw(tls)));
  // Nobody has said a word: those beyond the limit are told so before they do.
  await sluice.waitForMetric('sluice_limited_total', { limit: 'total' }, 15);
  await eventually(() => clients.filter(({ socket }) => socket.readable).length === 5);
  const [admitted, refused] = [true, false].map((open) =>
    clients.filter(({ socket }) => socket.readable === open),
  ) as [typeof clients, typeof clients];
  for (const client of refused) assert.deepEqual([...client.bytes()].slice(-2), [2, 80]);
  for (const client of admitted) {
    await client.send(clientHello(NAME));
    assert.equal(await answerTo(client), 'hi');
  }
  admitted[0]!.reset();
  await sluice.waitForMetric('sluice_connections_active', {}, 4);
  await using _next = await openSession(tls, NAME);
  for (const client of clients) client.reset();
});

test('without a limit of its own an edge has the sessions that its descriptors are enough for', async () => {
  await using backend = await startGreeter();
  await using sluice = await startEdge(backend);
  await using _one = await openSession(sluice.address(), NAME);
  await sluice.waitForMetric('sluice_limited_total', {}, 0);
});

test('who is not allowed is told so before it says a word, and who is denied is, allowed or not', async () => {
  await using backend = await startGreeter();
  await using sluice = await startEdge(backend, '--allow=127.0.0.0/29', '--deny=127.0.0.3');
  const tls = sluice.address();
  for (const localAddress of ['127.0.0.3', '127.0.0.9']) {
    await using client = await connectRaw(tls, { localAddress });
    assert.equal(await client.end(), 'ended');
    assert.deepEqual([...client.bytes()].slice(-2), [2, 49]);
    await sluice.waitForSession(
      (line) => line.client === client.localAddress && line.termination === 'denied',
    );
  }
  await using _welcome = await openSession(tls, NAME);
});

test('behind a PROXY header the address in it is the one that is allowed or denied', async () => {
  await using backend = await startGreeter();
  const lists = ['--deny=192.0.2.0/24', '--deny=127.0.0.1'];
  await using sluice = await startEdge(backend, '--accept-proxy=127.0.0.1/32', ...lists);
  const header = (ip: string) => `PROXY TCP4 ${ip} 198.51.100.1 40000 443\r\n`;
  // The header alone is enough to be denied by.
  assert.equal(await ask(sluice.address(), header('192.0.2.7')), 'alert 49');
  await sluice.waitForMetric('sluice_sessions_total', { termination: 'denied' }, 1);
  await using client = await connectRaw(sluice.address());
  await client.send(Buffer.concat([Buffer.from(header('203.0.113.7')), clientHello(NAME)]));
  assert.equal(await answerTo(client), 'hi');
});

test('the room of sessions that went with their worker is there again', async () => {
  await using faults = await makeFolder();
  await using backend = await startGreeter();
  await using sluice = await startSluice({
    listeners: ['tls://127.0.0.1:0'],
    routes: { [NAME]: { backends: [`${backend.address}?max=1`] } },
    args: ['--max-connections=2', '--max-connections-per-ip=2', '--queue-timeout=1m'],
    env: { NODE_OPTIONS: `--import=${PRELOAD}`, FAULTS: faults.path },
  });
  const tls = sluice.address();
  await using doomed = await openSession(tls, NAME);
  await using waiting = await sendHello(tls, NAME);
  await sluice.waitForMetric('sluice_connections_active', { state: 'waiting' }, 1);
  await writeFile(faults.file('die-0'), '');
  await doomed.end();
  await waiting.end();
  await sluice.waitForLog((line) => /died/.test(line.msg ?? ''));
  await rm(faults.file('die-0'));
  await using _next = await eventually(() => openSession(tls, NAME));
  await using _waits = await sendHello(tls, NAME);
  await sluice.waitForMetric('sluice_connections_active', { state: 'waiting' }, 1);
});

function startEdge(backend: RawBackend, ...args: string[]): Promise<Sluice> {
  return startSluice({ routes: { [NAME]: { backends: [backend.address] } }, args });
}
