import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ask, askHttp, askTls } from '../support/ask.ts';
import { clientHello } from '../support/client-hello.ts';
import { refusingAddress } from '../support/dead-addresses.ts';
import { listen } from '../support/listening.ts';
import { sumOf } from '../support/metrics.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { Program } from '../support/program.ts';
import { startRawBackend, type RawBackend } from '../support/raw-backend.ts';
import { connectRaw } from '../support/raw-client.ts';
import type { RawSocket } from '../support/raw-socket.ts';
import { ROOT } from '../support/root.ts';
import { startSluice, type SessionLine, type Sluice } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';

const NAME = 'app.example.test';
const OTHER = 'other.example.test';
const HELLO = clientHello(NAME);
// Its name is NAME too.
const EARLY_DATA = await readFile(join(ROOT, 'fixtures/hello/openssl-early-data.bin'));

test('a backend that refuses is passed over, whatever the client sends', async () => {
  await using dead = await refusingAddress();
  await using alive = await startNamedBackend('alive');
  await using sluice = await startInTurn({ [NAME]: [dead, alive], [OTHER]: [dead, alive] });
  const [tls, http] = sluice.addresses as [string, string];
  assert.equal(await ask(tls, EARLY_DATA), 'alive');
  assert.equal(await askTls(tls, OTHER), 'alive');
  assert.equal(await askHttp(http, OTHER), 'alive');
  await sluice.waitForMetric('sluice_backend_retries_total', {}, 3);
  const metrics = await sluice.metrics();
  assert.equal(sumOf(metrics, 'sluice_backend_connects_total', { result: 'refused' }), 3);
  assert.equal(sumOf(metrics, 'sluice_backend_connects_total', { result: 'ok' }), 3);
  const { retries, backend, termination } = await sluice.waitForSession(() => true);
  assert.deepEqual([retries, backend, termination], [1, alive.address, 'ok']);
});

test('when every backend refuses, the client is told so after the retries allowed', async () => {
  await using one = await refusingAddress();
  await using two = await refusingAddress();
  await using three = await refusingAddress();
  const routes = { [NAME]: [one, two, three] };
  await using sluice = await startInTurn(routes, '--connect-retries', '1');
  assert.equal(await askTls(sluice.address(), NAME), 'alert 80');
  const session = await sluice.waitForSession(() => true);
  assert.deepEqual([session.retries, session.termination], [1, 'connect-failed']);
  assert.deepEqual([session['detail'], session.backend], ['refused, refused', two.address]);
});

for (const end of ['reset', 'finish'] as const) {
  test(`a TLS backend that answers a hello with a ${nameOf(end)} is passed over, once`, async () => {
    await using one = await startTurningDown(end);
    await using two = await startTurningDown(end);
    await using three = await startNamedBackend('three');
    const routes = { [NAME]: [one, three], [OTHER]: [one, two, three] };
    await using sluice = await startInTurn(routes);
    assert.equal(await askTls(sluice.address(), NAME), 'three');
    const served = await sluice.waitForSession(({ host }) => host === NAME);
    assert.deepEqual([served.retries, served.termination], [1, 'ok']);

    // Two have seen the hello and turned it down: it is shown to no third.
    const answer = await askTls(sluice.address(), OTHER);
    assert.equal(answer, end === 'reset' ? 'reset' : 'closed');
    const { retries } = await sluice.waitForSession(({ host }) => host === OTHER);
    assert.deepEqual([retries, one.accepted, two.accepted, three.accepted], [1, 2, 1, 1]);
  });
}

test('a hello that waits for a backend which dies reaches another', async () => {
  let [answer, session] = await askOneThatDies();
  // A second after the hello it is taken for served: this machine may have stood still for so long.
  while (Number(session['total_ms']) > 1000) [answer, session] = await askOneThatDies();
  assert.deepEqual([answer, session.retries, session.termination], ['alive', 1, 'ok']);
});

for (const end of ['reset', 'finish'] as const) {
  test(`early data, and a request, that a ${nameOf(end)} answers are shown to no other backend`, async () => {
    await using one = await startTurningDown(end);
    await using two = await startNamedBackend('two');
    await using sluice = await startInTurn({ [NAME]: [one, two] });
    const [tls, http] = sluice.addresses as [string, string];
    const answer = end === 'reset' ? 'reset' : 'closed';
    assert.equal(await ask(tls, EARLY_DATA), answer);
    assert.equal(await askHttp(http, NAME), answer);
    await sluice.waitForMetric('sluice_sessions_total', {}, 2);
    assert.equal(sumOf(await sluice.metrics(), 'sluice_backend_retries_total'), 0);
    assert.deepEqual([one.accepted, two.accepted], [2, 0]);
  });
}

test('nothing is tried again once a byte has come back', async () => {
  await using one = await startRawBackend();
  await using two = await startNamedBackend('two');
  await using sluice = await startInTurn({ [NAME]: [one, two] });
  await using client = await connectRaw(sluice.address());
  await client.send(HELLO);
  await using connection = await one.accept();
  await connection.read(HELLO.length);
  await connection.send('x');
  await client.read(1);
  connection.reset();
  assert.equal(await client.end(), 'reset');
  const { retries, termination } = await sluice.waitForSession(() => true);
  assert.deepEqual([retries, termination, two.accepted], [0, 'backend-aborted', 0]);
});

test('nothing is tried again once the client has said more than its hello', async () => {
  await using one = await startRawBackend();
  await using two = await startNamedBackend('two');
  await using sluice = await startInTurn({ [NAME]: [one, two] });
  await using client = await connectRaw(sluice.address());
  await client.send(HELLO);
  await using connection = await one.accept();
  await connection.read(HELLO.length);
  await client.send('more');
  await connection.read(HELLO.length + 4);
  connection.reset();
  assert.equal(await client.end(), 'reset');
  const { retries, termination } = await sluice.waitForSession(() => true);
  assert.deepEqual([retries, termination, two.accepted], [0, 'backend-aborted', 0]);
});

interface Place {
  readonly address: string;
}

/** Round robin begins with the first of a route. */
function startInTurn(
  routes: Readonly<Record<string, readonly Place[]>>,
  ...args: readonly string[]
): Promise<Sluice> {
  const entries = Object.entries(routes).map(([name, backends]) => {
    return [name, { backends: backends.map(({ address }) => address) }] as const;
  });
  return startSluice({
    routes: Object.fromEntries(entries),
    args: ['--balance', 'round-robin', ...args],
  });
}

function nameOf(end: 'reset' | 'finish'): string {
  return end === 'reset' ? 'RST' : 'FIN';
}

/** Reads what comes first, and ends the connection without a word. */
function startTurningDown(end: 'reset' | 'finish'): Promise<RawBackend> {
  const turnDown = async (connection: RawSocket) => {
    await connection.read(1);
    void connection[end]();
  };
  return startRawBackend({ onConnection: (connection) => void turnDown(connection) });
}

/** The backend listens and never accepts: what comes to it waits in the queue of the kernel. */
async function askOneThatDies(): Promise<[answer: string, session: SessionLine]> {
  await using alive = await startNamedBackend('alive');
  const { server, address, port } = await listen();
  await using stuck = new Program(['sleep', 'infinity'], { listening: server });
  await using sluice = await startInTurn({ [NAME]: [{ address }, alive] });
  const asked = askTls(sluice.address(), NAME);
  await eventually(() => hasUnreadBytes(port));
  await stuck.stop('SIGKILL');
  return [await asked, await sluice.waitForSession(() => true)];
}

// proc(5): local address, remote address, state (01 is established), queues in hexadecimal.
async function hasUnreadBytes(port: number): Promise<boolean> {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  const unread = new RegExp(`^ *\\d+: [0-9A-F]{8}:${hexPort} \\S+ 01 [0-9A-F]{8}:(?!0{8})`, 'm');
  return unread.test(await readFile('/proc/net/tcp', 'latin1'));
}
