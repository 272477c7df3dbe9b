import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askTls } from '../support/ask.ts';
import { clientHello } from '../support/client-hello.ts';
import { sumOf } from '../support/metrics.ts';
import { enterOwnNetwork, narrowPorts, skipWithout } from '../support/own-network.ts';
import { startRawBackend, type RawBackend } from '../support/raw-backend.ts';
import { connectRaw } from '../support/raw-client.ts';
import type { RawSocket } from '../support/raw-socket.ts';
import { runSluice, startSluice, type Sluice } from '../support/sluice.ts';

const NAME = 'app.example.test';
const FIRST = '127.0.0.11';
const SECOND = '127.0.0.12';
const SOURCES = ['--source-address', FIRST, '--source-address', SECOND];
const PORTS = 10;
const FEW = [40_000, 40_000 + PORTS - 1] as const;
const MANY = [32_768, 60_999] as const;

const skip = skipWithout(enterOwnNetwork());

/** Sessions to one backend, opened one after the other until one is refused or there are `most`. */
async function open(sluice: Sluice, backend: RawBackend, most: number): Promise<RawSocket[]> {
  const connections: RawSocket[] = [];
  while (connections.length < most) {
    // From ports of their own: clients use none of the few there are to dial from.
    const localPort = 30_000 + connections.length;
    const client = await connectRaw(sluice.address(), { localPort });
    await client.send(clientHello(NAME));
    connections.push(await backend.accept());
  }
  return connections;
}

/** The same of as many who come at once. */
async function openTogether(sluice: Sluice, backend: RawBackend): Promise<RawSocket[]> {
  const opened = Array.from({ length: PORTS }, async (_, index) => {
    const client = await connectRaw(sluice.address(), { localPort: 30_050 + index });
    await client.send(clientHello(NAME));
    return backend.accept();
  });
  return Promise.all(opened);
}

const from = (connections: readonly RawSocket[]) =>
  connections.map(({ socket }) => socket.remoteAddress);

test('sessions beyond the ports of one address come from the next', { skip }, async () => {
  await using backend = await startRawBackend({ host: '127.0.0.1', port: 29_001 });
  await using other = await startRawBackend({ host: '127.0.0.2', port: 29_001 });
  const routes = {
    [NAME]: { backends: [backend.address] },
    'two.test': { backends: [other.address] },
  };
  await using sluice = await startSluice({
    routes,
    listeners: ['tls://127.0.0.1:29000'],
    args: [...SOURCES, '--connect-retries=0'],
  });
  narrowPorts(...FEW);
  const connections = await open(sluice, backend, PORTS);
  connections.push(...(await openTogether(sluice, backend)));
  const sources = from(connections);
  assert.deepEqual(sources.slice(0, PORTS), Array(PORTS).fill(FIRST));
  assert.deepEqual(sources.slice(PORTS), Array(PORTS).fill(SECOND));

  const beyond = await connectRaw(sluice.address(), { localPort: 30_100 });
  await beyond.send(clientHello(NAME));
  assert.equal(await beyond.end(), 'ended');
  assert.deepEqual([...beyond.bytes()].slice(-2), [2, 80]);
  const session = await sluice.waitForSession(({ termination }) => termination !== 'ok');
  assert.deepEqual([session.termination, session['detail']], ['no-source-ports', 'source ports']);
  narrowPorts(...MANY);
  const metrics = await sluice.metrics();
  assert.equal(sumOf(metrics, 'sluice_backend_connects_total', { result: 'source-ports' }), 1);

  // A port that comes free is used again, from whichever address it is.
  connections[0]!.reset();
  await sluice.waitForMetric('sluice_connections_active', {}, 2 * PORTS - 1);
  narrowPorts(...FEW);
  const client = await connectRaw(sluice.address(), { localPort: 30_101 });
  await client.send(clientHello(NAME));
  assert.deepEqual(from([await backend.accept()]), [FIRST]);
  narrowPorts(...MANY);
});

test('backends share the ports of an address', { skip: skip || needsEpoll() }, async () => {
  await using one = await startRawBackend({ port: 29_003 });
  await using two = await startRawBackend({ port: 29_004 });
  const routes = { [NAME]: { backends: [one.address] }, 'two.test': { backends: [two.address] } };
  await using sluice = await startSluice({
    routes,
    listeners: ['tls://127.0.0.1:29002'],
    args: ['--source-address', FIRST, '--connect-retries=0'],
  });
  narrowPorts(...FEW);
  await open(sluice, one, PORTS);
  const client = await connectRaw(sluice.address(), { localPort: 30_200 });
  await client.send(clientHello('two.test'));
  assert.deepEqual(from([await two.accept()]), [FIRST]);
  narrowPorts(...MANY);
});

test('an address that is not of this machine keeps the edge from starting', async () => {
  const args = ['serve', '--listen=tls://127.0.0.1:0', '--admin=off', '--routes=/dev/null'];
  const { code, stderr } = await runSluice([...args, '--source-address', '192.0.2.77']);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^sluice: cannot dial from 192\.0\.2\.77: the address is not of this machine \(EADDRNOTAVAIL\)$/m,
  );
});

test('a backend of another family is dialled from where the kernel likes', async () => {
  await using backend = await startRawBackend();
  const routes = { [NAME]: { backends: [backend.address] } };
  await using sluice = await startSluice({ routes, args: ['--source-address', '::1'] });
  const asked = askTls(sluice.address(), NAME);
  const connection = await backend.accept();
  assert.equal(connection.socket.remoteAddress, '127.0.0.1');
  await connection.send('one');
  await connection.finish();
  assert.equal(await asked, 'one');
});

// Node's sockets take a port when they are bound, whatever they are to be connected to.
function needsEpoll(): string | false {
  return process.env['TEST_ENGINE'] === 'net'
    ? 'the net engine takes a port for all backends'
    : false;
}
