import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientHello } from '../support/client-hello.ts';
import { silentAddress } from '../support/dead-addresses.ts';
import { startRawBackend, type RawBackend } from '../support/raw-backend.ts';
import { connectRaw } from '../support/raw-client.ts';
import type { RawSocket } from '../support/raw-socket.ts';
import { startSluice, type Sluice } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';

const NAME = 'app.example.test';
const DEAD = 'dead.example.test';
const HELLO = clientHello(NAME);

test('SIGTERM stops accepting; a live session goes on to its end, and then the edge exits', async () => {
  await using backend = await startRawBackend();
  await using sluice = await startEdge(backend);
  await using client = await connectRaw(sluice.address());
  await using connection = await speak(client, backend);
  await drain(sluice, 'SIGTERM');
  await untilRefused(sluice);

  const ready = await sluice.admin('/readyz');
  assert.equal(ready.status, 503);
  assert.match(ready.body, /^not ready\n- draining: no new connection is accepted\n/);
  assert.equal((await sluice.admin('/livez')).status, 200);
  await sluice.waitForMetric('sluice_draining', {}, 1);

  await client.send('still');
  await connection.read(HELLO.length + 5);
  await connection.send('here');
  await client.read(4);
  assert.ok(sluice.program.isRunning);
  await Promise.all([client.finish(), connection.finish()]);
  assert.deepEqual(await sluice.program.ended, { code: 0, signal: null });
  assert.equal(await client.end(), 'ended');
  assert.deepEqual(terminations(sluice, client), ['ok']);
});

test('a client that was accepted before SIGTERM is served, though it speaks only now', async () => {
  await using backend = await startRawBackend();
  await using sluice = await startEdge(backend);
  await using client = await connectAccepted(sluice);
  await drain(sluice, 'SIGINT');
  await untilRefused(sluice);
  await using connection = await speak(client, backend);
  await Promise.all([client.finish(), connection.finish()]);
  assert.deepEqual(await sluice.program.ended, { code: 0, signal: null });
  assert.deepEqual(terminations(sluice, client), ['ok']);
});

test('a client that never speaks keeps the edge no longer than its hello timeout', async () => {
  await using sluice = await startSluice({
    args: ['--hello-timeout', '1s', '--log-level', 'debug'],
  });
  await using client = await connectAccepted(sluice);
  await drain(sluice, 'SIGTERM');
  assert.deepEqual(await sluice.program.ended, { code: 0, signal: null });
  assert.equal(await client.end(), 'ended');
  assert.deepEqual(terminations(sluice, client), ['client-silent']);
});

test('an edge without sessions exits as soon as it is told to, though it has just begun to listen', async () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    // Resolves with the line that says where it listens.
    await using sluice = await startSluice({ ready: false });
    assert.deepEqual(await sluice.stop(signal), { code: 0, signal: null });
  }
});

test('at the deadline every session is ended as drained, wherever it stands, and the edge exits', async () => {
  await using backend = await startRawBackend();
  await using dead = await silentAddress();
  await using sluice = await startSluice({
    routes: { [NAME]: { backends: [backend.address] }, [DEAD]: { backends: [dead.address] } },
    args: ['--drain-timeout', '100ms', '--connect-timeout', '1m'],
  });
  await using silent = await connectAccepted(sluice);
  await using relaying = await connectRaw(sluice.address());
  await using connection = await speak(relaying, backend);
  await using dialling = await connectRaw(sluice.address());
  await dialling.send(clientHello(DEAD));
  await sluice.waitForMetric('sluice_connections_active', { state: 'connecting' }, 1);
  await drain(sluice, 'SIGTERM');
  const sides = [silent, relaying, connection, dialling];
  for (const side of sides) assert.equal(await side.end(), 'ended');
  assert.deepEqual(await sluice.program.ended, { code: 0, signal: null });
  const ended = terminations(sluice, silent, relaying, dialling);
  assert.deepEqual(ended, ['drained', 'drained', 'drained']);
});

test('a second signal ends every session as shutdown, and the exit code says which it was', async () => {
  for (const [second, code] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const) {
    await using backend = await startRawBackend();
    await using sluice = await startEdge(backend);
    await using client = await connectRaw(sluice.address());
    await using connection = await speak(client, backend);
    await drain(sluice, 'SIGTERM');
    assert.deepEqual(await sluice.stop(second), { code, signal: null });
    assert.deepEqual([await client.end(), await connection.end()], ['ended', 'ended']);
    assert.deepEqual(terminations(sluice, client), ['shutdown']);
  }
});

function startEdge(backend: RawBackend, ...args: readonly string[]): Promise<Sluice> {
  return startSluice({ routes: { [NAME]: { backends: [backend.address] } }, args });
}

async function drain(sluice: Sluice, signal: NodeJS.Signals): Promise<void> {
  sluice.signal(signal);
  await sluice.waitForLog((line) => line.msg === 'draining' && line['signal'] === signal);
}

/** Connect, and wait until sluice has taken the connection from the kernel. */
async function connectAccepted(sluice: Sluice): Promise<RawSocket> {
  const client = await connectRaw(sluice.address());
  await sluice.waitForMetric('sluice_connections_total', {}, 1);
  return client;
}

/** Say who is wanted, and be answered. Resolves to the backend's end of the session. */
async function speak(client: RawSocket, backend: RawBackend): Promise<RawSocket> {
  await client.send(HELLO);
  const connection = await backend.accept();
  await connection.send('!');
  await client.read(1);
  return connection;
}

function untilRefused(sluice: Sluice): Promise<boolean> {
  return eventually(async () => {
    try {
      await using _ = await connectRaw(sluice.address());
      return false;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';
    }
  });
}

/** How the sessions of these clients ended, by the access log of an edge that has exited. */
function terminations(sluice: Sluice, ...clients: readonly RawSocket[]): (string | undefined)[] {
  return clients.map(
    ({ localAddress }) =>
      sluice.sessions().find(({ client }) => client === localAddress)?.termination,
  );
}
