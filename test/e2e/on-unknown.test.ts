import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientHello, helloMessage, inRecords, record } from '../support/client-hello.ts';
import { curl } from '../support/curl.ts';
import { opensslConnect } from '../support/openssl-client.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startSluice } from '../support/sluice.ts';

const UNKNOWN = 'unknown.example.test';
const REQUEST = `GET / HTTP/1.1\r\nHost: ${UNKNOWN}\r\n\r\n`;
const NAMELESS = inRecords(helloMessage());

test('by default openssl is told unrecognized_name, and curl 404', async () => {
  await using sluice = await startSluice();
  const [tls, http] = [sluice.address(0), sluice.address(1)];
  for (const serverName of [{ serverName: UNKNOWN }, {}]) {
    for (const version of ['-tls1_3', '-tls1_2']) {
      const seen = await opensslConnect(tls, { ...serverName, args: [version] });
      assert.deepEqual([seen.exitCode, seen.alert, seen.subject], [1, 112, null], seen.output);
    }
  }
  const answer = await curl(`http://${UNKNOWN}/`, { via: http });
  assert.deepEqual([answer.status, answer.headers.get('cache-control')], [404, 'no-store']);
  await sluice.waitForMetric('sluice_sessions_total', { termination: 'unknown-host' }, 3);
  await sluice.waitForMetric('sluice_sessions_total', { termination: 'no-name' }, 2);
});

for (const [action, end] of [
  ['close', 'ended'],
  ['reset', 'reset'],
] as const) {
  test(`with ${action} a client of an unknown name sees nothing but its connection ${end}`, async () => {
    await using sluice = await startSluice({ args: ['--on-unknown', action] });
    const [tls, http] = [sluice.address(0), sluice.address(1)];
    for (const [address, bytes] of [
      [tls, clientHello(UNKNOWN)],
      [tls, NAMELESS],
      [http, REQUEST],
      [http, 'GET / HTTP/1.0\r\n\r\n'],
    ] as const) {
      assert.deepEqual(await ask(address, bytes), { received: 0, end });
    }
    await sluice.waitForMetric('sluice_sessions_total', { termination: 'unknown-host' }, 2);
    await sluice.waitForMetric('sluice_sessions_total', { termination: 'no-name' }, 2);
    // A hello that makes no sense is another matter.
    assert.deepEqual(await ask(tls, record(Buffer.alloc(64, 0xff))), { received: 7, end: 'ended' });
  });
}

async function ask(address: string, bytes: string | Uint8Array) {
  await using client = await connectRaw(address);
  await client.send(bytes);
  const end = await client.end();
  return { received: client.received, end };
}
