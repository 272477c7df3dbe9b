import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { test } from 'node:test';
import { parseHostPort } from '../../src/address.ts';
import { clientHello } from '../support/client-hello.ts';
import { refusingAddress } from '../support/dead-addresses.ts';
import { openSockets } from '../support/descriptors.ts';
import { startSluice, type Sluice } from '../support/sluice.ts';
import { eventually, within } from '../support/wait.ts';

const skip = process.platform === 'linux' ? false : 'there is no /proc here';

const ANSWER = Buffer.alloc(300, 'a');
const BULK = Buffer.alloc(256 * 1024, 'b');
/** Sessions of one wave, all ways together. The first wave warms up, the others are compared with it. */
const WAVE = 1100;
const WAVES = 4;
const AT_A_TIME = 44;
// What a collector may leave lying about. The sessions compared would have kept 15 KB each.
const MAX_GROWTH_BYTES = 48 * 2 ** 20;

/** How a session begins and ends, by what its client does. */
const WAYS: readonly ((client: Socket) => unknown)[] = [
  (client) => client.write(clientHello('serves.test')),
  (client) => client.end(clientHello('serves.test')),
  (client) => client.write(clientHello('serves.test'), () => client.resetAndDestroy()),
  (client) => client.write(clientHello('bulk.test')),
  (client) => client.write(clientHello('bulk.test')) && resetAtOnce(client),
  (client) => client.write(clientHello('resets.test')),
  (client) => client.write(clientHello('refuses.test')),
  (client) => client.write(clientHello('nobody.test')),
  (client) => client.end(),
  (client) => client.end(clientHello('serves.test').subarray(0, 50)),
  (client) => client.write('\u0016nonsense'),
];

test(
  'thousands of sessions, ended in every way, leave no socket and no memory behind',
  { skip },
  async () => {
    await using serves = await listen((peer) => peer.once('data', () => peer.end(ANSWER)));
    await using bulk = await listen((peer) => peer.once('data', () => peer.end(BULK)));
    await using resets = await listen((peer) => peer.resetAndDestroy());
    await using refuses = await refusingAddress();
    const routes = {
      'serves.test': { backends: [addressOf(serves)] },
      'bulk.test': { backends: [addressOf(bulk)] },
      'resets.test': { backends: [addressOf(resets)] },
      'refuses.test': { backends: [refuses.address] },
    };
    await using sluice = await startSluice({
      listeners: ['tls://127.0.0.1:0'],
      routes,
      args: ['--access-log=off', '--connect-retries=0'],
    });
    const idle = openSockets(sluice);
    await wave(sluice);
    const before = residentBytes(sluice);
    for (let nth = 1; nth < WAVES; nth++) await wave(sluice);
    await eventually(() => openSockets(sluice) <= idle);
    const growth = residentBytes(sluice) - before;
    assert.ok(growth < MAX_GROWTH_BYTES, `${(WAVES - 1) * WAVE} sessions left ${growth} bytes`);
  },
);

/** Run a wave of sessions, and wait until sluice has ended every one. */
async function wave(sluice: Sluice): Promise<void> {
  for (let started = 0; started < WAVE; started += AT_A_TIME) {
    const sessions = Array.from({ length: AT_A_TIME }, (_, i) =>
      run(sluice, WAYS[i % WAYS.length]!),
    );
    await within(Promise.all(sessions), () => 'a session did not end');
  }
  await sluice.waitForMetric('sluice_connections_active', {}, 0);
}

async function run(sluice: Sluice, way: (client: Socket) => unknown): Promise<void> {
  const { host, port } = parseHostPort(sluice.address())!;
  const client = connect({ host, port: port! });
  client.on('error', () => {});
  client.resume();
  await once(client, 'connect');
  way(client);
  if (client.closed) return;
  // Not `once` of node:events, for which a reset is a failure.
  await new Promise((resolve) => client.once('close', resolve));
}

function resetAtOnce(client: Socket): void {
  client.once('data', () => client.resetAndDestroy());
}

async function listen(onPeer: (peer: Socket) => void): Promise<Server> {
  const server = createServer((peer) => {
    peer.on('error', () => {});
    onPeer(peer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function addressOf(server: Server): string {
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function residentBytes({ pid }: Sluice): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)![1]) * 1024;
}
