import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { parseHostPort } from '../../src/address.ts';
import { clientHello } from '../support/client-hello.ts';
import { sumOf } from '../support/metrics.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { startSluice, type Sluice } from '../support/sluice.ts';
import { ask, unserved } from './load.ts';

const NAME = 'app.example.test';
const CONNECTIONS = 50_000;
const ATTACKERS = 400;
const DRIPS = 2000;
/** A session at the hello holds a descriptor and little else. */
const MOST_GROWTH_KIB = 96 * 1024;

/** Connect from an address of our choice; resolves when the connection stands or fails. */
function open(address: string, localAddress: string): Promise<Socket> {
  const { host, port } = parseHostPort(address)!;
  return new Promise((resolve) => {
    const socket = connect({ host, port: port!, localAddress });
    socket.on('error', () => resolve(socket));
    socket.once('connect', () => resolve(socket));
  });
}

async function residentKib({ pid }: Sluice): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]);
}

test('50,000 connections from one address: others are served, and memory stays', async (t) => {
  await using backend = await startNamedBackend('one');
  await using sluice = await startSluice({ routes: { [NAME]: { backends: [backend.address] } } });
  const address = sluice.address();
  const before = await residentKib(sluice);
  let made = 0;
  const attack = async () => {
    while (made < CONNECTIONS) {
      made += 1;
      const socket = await open(address, '127.0.0.9');
      socket.resetAndDestroy();
    }
  };
  const attackers = Promise.all(Array.from({ length: ATTACKERS }, attack));
  const seen = await ask({ address, name: NAME, width: 5, until: () => made >= CONNECTIONS });
  await attackers;
  await sluice.waitForMetric('sluice_connections_active', {}, 0);
  const growth = (await residentKib(sluice)) - before;
  const accepted = sumOf(await sluice.metrics(), 'sluice_connections_total');
  t.diagnostic(`${JSON.stringify(seen)}, ${accepted} accepted, ${growth} KiB more`);
  assert.equal(unserved(seen, 'one'), 0);
  assert.ok(seen.count > 50, `${seen.count} served meanwhile`);
  assert.ok(growth < MOST_GROWTH_KIB, `${growth} KiB`);
});

test('thousands drip their hello a byte a second: others are served, and they are ended', async (t) => {
  await using backend = await startNamedBackend('one');
  await using sluice = await startSluice({
    routes: { [NAME]: { backends: [backend.address] } },
    args: ['--hello-timeout', '4s'],
  });
  const address = sluice.address();
  const hello = clientHello(NAME);
  const drips = await Promise.all(Array.from({ length: DRIPS }, () => open(address, '127.0.0.9')));
  let sent = 0;
  const drip = () => {
    for (const socket of drips) if (socket.writable) socket.write(hello.subarray(sent, sent + 1));
    sent += 1;
  };
  drip();
  const timer = setInterval(drip, 1000);
  t.after(() => {
    clearInterval(timer);
    for (const socket of drips) socket.destroy();
  });
  let ended = 0;
  for (const socket of drips) {
    socket.resume();
    socket.once('close', () => (ended += 1));
  }
  const seen = await ask({ address, name: NAME, width: 10, until: () => ended === DRIPS });
  const metrics = await sluice.metrics();
  const timeouts = sumOf(metrics, 'sluice_sessions_total', { termination: 'hello-timeout' });
  t.diagnostic(`${JSON.stringify(seen)}, ${timeouts} hello-timeout after ${sent} bytes`);
  assert.equal(unserved(seen, 'one'), 0);
  assert.equal(timeouts, DRIPS);
  assert.ok(seen.count > 50, `${seen.count} served meanwhile`);
});
