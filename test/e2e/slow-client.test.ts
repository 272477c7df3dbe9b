import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientHello } from '../support/client-hello.ts';
import { startRawBackend } from '../support/raw-backend.ts';
import { connectRaw } from '../support/raw-client.ts';
import type { RawSocket } from '../support/raw-socket.ts';
import { startSluice } from '../support/sluice.ts';
import { stillness } from '../support/stillness.ts';

const NAME = 'app.example.test';
const HELLO = clientHello(NAME);
const FLOOD = Buffer.alloc(50_331_648, 'x');
/** What two hops of kernel buffers and the edge between them may swallow of it. */
const SWALLOWED_MAX_BYTES = 33_554_432;
/** Far more often than the hello timeout, far too seldom to be done by then. */
const DRIP_MS = 20;

test('a client that never stops dripping has no more time for its hello than any other', async () => {
  await using sluice = await startSluice({ args: ['--hello-timeout', '300ms'] });
  const endless = Buffer.from(`GET / HTTP/1.1\r\nX-Padding: ${'x'.repeat(10_000)}`);
  for (const [address, head, answer] of [
    [sluice.address(0), HELLO, [21, 3, 3, 0, 2, 2, 40]],
    [sluice.address(1), endless, Buffer.from('HTTP/1.1 408 ')],
  ] as const) {
    await using client = await connectRaw(address);
    await dripUntilEnd(client, head);
    assert.deepEqual([...client.bytes().subarray(0, answer.length)], [...answer]);
  }
  await sluice.waitForMetric('sluice_sessions_total', { termination: 'hello-timeout' }, 2);
});

test('a client that does not read stops its backend and nobody else, and loses nothing', async () => {
  await using backend = await startRawBackend();
  await using sluice = await startSluice({ routes: { [NAME]: { backends: [backend.address] } } });
  await using client = await connectRaw(sluice.address());
  client.stopReading();
  await client.send(HELLO);
  await using connection = await backend.accept();
  const flood = connection.send(FLOOD);
  const swallowed = await stillness(() => connection.sent);
  assert.ok(swallowed < SWALLOWED_MAX_BYTES, `${swallowed} bytes were swallowed`);

  await using other = await connectRaw(sluice.address());
  await other.send(HELLO);
  await using otherConnection = await backend.accept();
  await otherConnection.send('at once');
  await other.read(7);

  client.readOn();
  await flood;
  await Promise.all([client.finish(), connection.finish()]);
  assert.equal(await client.end(), 'ended');
  assert.equal(client.received, FLOOD.length);
  const line = await sluice.waitForSession((session) => session.client === client.localAddress);
  assert.deepEqual(
    [line.termination, line.bytes_from_client, line.bytes_from_backend],
    ['ok', HELLO.length, FLOOD.length],
  );
});

/** Send a byte at a time until the other side ends. */
async function dripUntilEnd(client: RawSocket, bytes: Buffer): Promise<void> {
  let sent = 0;
  const drip = setInterval(() => {
    void client.send(bytes.subarray(sent, ++sent));
  }, DRIP_MS);
  try {
    await client.end();
  } finally {
    clearInterval(drip);
  }
  assert.ok(sent < bytes.length, 'it was done');
}
