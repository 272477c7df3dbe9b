import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { clientHello } from '../support/client-hello.ts';
import { answerTo, startGreeter } from '../support/greeter.ts';
import { sumOf } from '../support/metrics.ts';
import { connectRaw } from '../support/raw-client.ts';
import type { RawSocket } from '../support/raw-socket.ts';
import { startSluice, type Sluice } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';

const NAME = 'app.example.test';
const BALANCER = '127.0.0.2';
const NET = process.env['TEST_ENGINE'] === 'net';
const SEVERAL = NET ? [] : ['--workers=4'];

const backend = await startGreeter();
after(() => backend[Symbol.asyncDispose]());
const routes = { [NAME]: { backends: [backend.address] } };

test('an address has as many sessions as it may, of all workers, and others have theirs', async () => {
  await using sluice = await startSluice({
    routes,
    args: ['--max-connections-per-ip=3', ...SEVERAL],
  });
  const clients = await flood(sluice, 20, '127.0.0.5');
  await sluice.waitForMetric('sluice_limited_total', { limit: 'ip' }, 17);
  const open = await eventually(() => stillOpen(clients, 3));
  await using other = await connectRaw(sluice.address(), { localAddress: '127.0.0.6' });
  await other.send(clientHello(NAME));
  assert.equal(await answerTo(other), 'hi');
  open[0]!.reset();
  await sluice.waitForMetric('sluice_connections_active', {}, 3);
  await using again = await connectRaw(sluice.address(), { localAddress: '127.0.0.5' });
  await again.send(clientHello(NAME));
  assert.equal(await answerTo(again), 'hi');
  for (const client of clients) client.reset();
});

test('who opens connections too fast is refused, and who does not is not', async () => {
  await using sluice = await startSluice({ routes, args: ['--rate-per-ip=2', ...SEVERAL] });
  const began = performance.now();
  const clients = await flood(sluice, 60, '127.0.0.7');
  let refused = 0;
  await eventually(async () => {
    const metrics = await sluice.metrics();
    refused = sumOf(metrics, 'sluice_limited_total', { limit: 'rate' });
    const accepted = sumOf(metrics, 'sluice_connections_total');
    return accepted === 60 && stillOpen(clients, 60 - refused) !== undefined;
  });
  // Two seconds' worth at once, and then two a second for as long as it took, of all workers together.
  const most = 4 + Math.ceil((2 * (performance.now() - began)) / 1000);
  const letIn = 60 - refused;
  assert.ok(letIn >= 4 && letIn <= most, `${letIn} of 60 let in, where 4 to ${most} may be`);
  await using other = await connectRaw(sluice.address(), { localAddress: '127.0.0.8' });
  await other.send(clientHello(NAME));
  assert.equal(await answerTo(other), 'hi');
  // It is let in again by and by.
  await using _again = await eventually(() => openFrom(sluice, '127.0.0.7'));
  for (const client of clients) client.reset();
});

test('behind a balancer the clients in its PROXY headers are counted, and not the balancer', async () => {
  const args = [`--accept-proxy=${BALANCER}`, '--max-connections-per-ip=1', ...SEVERAL];
  await using sluice = await startSluice({ routes, args });
  const behind = async (ip: string) => {
    const family = ip.includes(':') ? 'TCP6' : 'TCP4';
    const to = ip.includes(':') ? '2001:db8::ffff' : '198.51.100.1';
    const client = await connectRaw(sluice.address(), { localAddress: BALANCER });
    const header = Buffer.from(`PROXY ${family} ${ip} ${to} 40000 443\r\n`);
    await client.send(Buffer.concat([header, clientHello(NAME)]));
    return client;
  };
  for (const ip of ['192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8:0:1::1'])
    assert.equal(await answerTo(await behind(ip)), 'hi', ip);
  for (const ip of ['192.0.2.1', '2001:db8::2'])
    assert.equal(await answerTo(await behind(ip)), 'alert 80', ip);
  await sluice.waitForMetric('sluice_limited_total', { limit: 'ip' }, 2);
});

function flood(sluice: Sluice, count: number, localAddress: string): Promise<RawSocket[]> {
  const connect = () => connectRaw(sluice.address(), { localAddress });
  return Promise.all(Array.from({ length: count }, connect));
}

function stillOpen(clients: readonly RawSocket[], count: number): readonly RawSocket[] | undefined {
  const open = clients.filter(({ socket }) => socket.readable);
  return open.length === count ? open : undefined;
}

async function openFrom(sluice: Sluice, localAddress: string): Promise<RawSocket> {
  const client = await connectRaw(sluice.address(), { localAddress });
  await client.send(clientHello(NAME));
  assert.equal(await answerTo(client), 'hi');
  return client;
}
