import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askHttp } from '../support/ask.ts';
import {
  answerTo,
  firstAnswerOf,
  openSession,
  sendHello,
  startGreeter,
} from '../support/greeter.ts';
import { connectRaw } from '../support/raw-client.ts';
import type { RawBackend } from '../support/raw-backend.ts';
import { startSluice } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';

const NAME = 'app.example.test';
const WAITING = ['sluice_connections_active', { state: 'waiting' }] as const;
const RELAYING = ['sluice_connections_active', { state: 'relaying' }] as const;
const NET = process.env['TEST_ENGINE'] === 'net';
const SEVERAL = NET ? [] : ['--workers=4'];

test('a backend has as many sessions as it may, of all workers, and the rest have their turn', async () => {
  await using backend = await startGreeter();
  await using sluice = await startSluice({
    routes: routeTo(backend, 3),
    args: [...SEVERAL, '--queue-timeout=1m'],
  });
  const tls = sluice.address();
  const clients = await Promise.all(Array.from({ length: 20 }, () => sendHello(tls, NAME)));
  await sluice.waitForMetric(...WAITING, 17);
  for (let served = 3; served < 20; served++) {
    // Whoever has been answered leaves; that makes room for one.
    const done = await eventually(() => clients.find(({ received }) => received > 0));
    assert.equal(backend.accepted, served);
    clients.splice(clients.indexOf(done), 1);
    done.reset();
    await eventually(() => backend.accepted === served + 1);
  }
  for (const client of clients) assert.equal(await answerTo(client), 'hi');
  for (const client of clients) client.reset();
  await sluice.waitForMetric('sluice_connections_active', {}, 0);
});

test('who came first is served first', async () => {
  await using backend = await startGreeter();
  await using sluice = await startSluice({
    routes: routeTo(backend, 1),
    args: ['--queue-timeout=1m'],
  });
  const tls = sluice.address();
  const order = [await openSession(tls, NAME)];
  for (let i = 1; i <= 5; i++) {
    order.push(await sendHello(tls, NAME));
    await sluice.waitForMetric(...WAITING, i);
  }
  for (const [place, client] of order.entries()) {
    assert.equal(await answerTo(client), 'hi');
    assert.deepEqual(
      order.slice(place + 1).map(({ received }) => received),
      order.slice(place + 1).map(() => 0),
    );
    client.reset();
  }
});

test('who has waited as long as it may is told that there is no room, and those beyond the queue at once', async () => {
  await using backend = await startGreeter();
  const route = { backends: [`${backend.address}?max=1`], 'queue-timeout': '1s', 'queue-max': '1' };
  await using sluice = await startSluice({ routes: { [NAME]: route } });
  const [tls, http] = sluice.addresses as [string, string];
  await using _only = await openSession(tls, NAME);
  const waiting = askHttp(http, NAME);
  await sluice.waitForMetric(...WAITING, 1);
  assert.equal(await firstAnswerOf(tls, NAME), 'alert 80');
  await sluice.waitForMetric('sluice_limited_total', { limit: 'queue' }, 1);
  assert.equal(await waiting, 'HTTP 429');
  await sluice.waitForMetric('sluice_limited_total', { limit: 'backend' }, 1);
});

test('a client that leaves while it waits leaves the queue', async () => {
  await using backend = await startGreeter();
  await using sluice = await startSluice({
    routes: routeTo(backend, 1),
    args: ['--queue-timeout=1m'],
  });
  const tls = sluice.address();
  await using only = await openSession(tls, NAME);
  const leavers = [await sendHello(tls, NAME), await sendHello(tls, NAME)];
  await sluice.waitForMetric(...WAITING, 2);
  leavers[0]!.reset();
  await leavers[1]!.finish();
  await sluice.waitForMetric(...WAITING, 0);
  await sluice.waitForMetric('sluice_sessions_total', { termination: 'client-aborted' }, 2);
  await using next = await sendHello(tls, NAME);
  await sluice.waitForMetric(...WAITING, 1);
  only.reset();
  assert.equal(await answerTo(next), 'hi');
  assert.equal(backend.accepted, 2);
});

test('what a client sends while it waits, and that it sends no more, reaches its backend', async () => {
  await using backend = await startGreeter();
  await using sluice = await startSluice({
    routes: routeTo(backend, 1),
    args: ['--queue-timeout=1m'],
  });
  const [tls, http] = sluice.addresses as [string, string];
  const only = await openSession(tls, NAME);
  await backend.accept();
  await using client = await connectRaw(http);
  const request = `POST / HTTP/1.1\r\nHost: ${NAME}\r\nContent-Length: 200000\r\n\r\n`;
  await client.send(request);
  await sluice.waitForMetric(...WAITING, 1);
  const body = Buffer.alloc(200_000, 'x');
  const sent = client.send(body).then(() => client.finish());
  only.reset();
  const connection = await backend.accept();
  await sent;
  await connection.end();
  assert.equal(connection.received, request.length + body.length);
});

test('a full backend is passed over while another has room', async () => {
  await using small = await startGreeter();
  await using large = await startGreeter();
  const backends = [`${small.address}?max=1`, `${large.address}?max=3`];
  await using sluice = await startSluice({ routes: { [NAME]: { backends } }, args: SEVERAL });
  const clients = await Promise.all([1, 2, 3, 4].map(() => openSession(sluice.address(), NAME)));
  assert.deepEqual([small.accepted, large.accepted], [1, 3]);
  for (const client of clients) client.reset();
});

test('a backend that is added, or a limit that is raised, serves those who wait', async () => {
  await using first = await startGreeter();
  await using second = await startGreeter();
  await using sluice = await startSluice({
    routes: routeTo(first, 1),
    args: [...SEVERAL, '--queue-timeout=1m'],
  });
  const tls = sluice.address();
  const clients = await Promise.all([1, 2, 3].map(() => sendHello(tls, NAME)));
  await sluice.waitForMetric(...WAITING, 2);
  await sluice.writeRoutes(routeTo(first, 2));
  await sluice.waitForMetric(...WAITING, 1);
  const backends = [`${first.address}?max=2`, second.address];
  await sluice.writeRoutes({ [NAME]: { backends } });
  for (const client of clients) assert.equal(await answerTo(client), 'hi');
  await sluice.waitForMetric(...RELAYING, 3);
  for (const client of clients) client.reset();
});

test('a backend that cannot be reached leaves its room to others', async () => {
  await using sluice = await startSluice({
    routes: { [NAME]: { backends: ['127.0.0.1:1?max=1'] } },
    args: ['--connect-retries=0', '--eject-after=0'],
  });
  for (let i = 0; i < 3; i++) assert.equal(await firstAnswerOf(sluice.address(), NAME), 'alert 80');
  await sluice.waitForMetric('sluice_sessions_total', { termination: 'connect-failed' }, 3);
});

test('an edge that stops ends those who wait', async () => {
  await using backend = await startGreeter();
  await using sluice = await startSluice({
    routes: routeTo(backend, 1),
    args: ['--queue-timeout=1m', '--drain-timeout=50ms'],
  });
  await using _only = await openSession(sluice.address(), NAME);
  await using waiting = await sendHello(sluice.address(), NAME);
  await sluice.waitForMetric(...WAITING, 1);
  assert.deepEqual(await sluice.stop(), { code: 0, signal: null });
  await waiting.end();
  const line = await sluice.waitForSession(({ client }) => client === waiting.localAddress);
  assert.equal(line.termination, 'drained');
});

function routeTo(backend: RawBackend, max: number): object {
  return { [NAME]: { backends: [`${backend.address}?max=${max}`] } };
}
