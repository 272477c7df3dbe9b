import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { clientHello } from '../support/client-hello.ts';
import { curl } from '../support/curl.ts';
import { startHttpBackend } from '../support/http-backend.ts';
import { opensslConnect } from '../support/openssl-client.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startSluice } from '../support/sluice.ts';
import { startTlsBackend } from '../support/tls-backend.ts';

const NAME = 'app.example.test';
const UNKNOWN = 'unknown.example.test';

const encrypted = await startTlsBackend({ name: 'encrypted', names: [NAME] });
const plain = await startHttpBackend({ name: 'plain' });
const sluice = await startSluice({
  listeners: ['auto://127.0.0.1:0'],
  routes: { [NAME]: { backends: [`tls://${encrypted.address}`, `http://${plain.address}`] } },
  args: ['--hello-timeout', '1s', '--log-level', 'debug'],
});
after(async () => {
  for (const part of [sluice, plain, encrypted]) await part[Symbol.asyncDispose]();
});

test('an auto listener takes HTTPS and HTTP for one name, each to its own backend', async () => {
  const via = sluice.address();
  const { ca } = encrypted.certificate;
  const overTls = await curl(`https://${NAME}/`, { via, ca });
  const overHttp = await curl(`http://${NAME}/`, { via });
  assert.deepEqual([overTls.status, overTls.echo['backend']], [200, 'encrypted'], overTls.stderr);
  assert.deepEqual([overHttp.status, overHttp.echo['backend']], [200, 'plain']);
  const lines = [
    await sluice.waitForSession(({ protocol }) => protocol === 'tls'),
    await sluice.waitForSession(({ protocol }) => protocol === 'http'),
  ];
  for (const { listener, host, termination } of lines) {
    assert.deepEqual([listener, host, termination], ['auto://127.0.0.1:0', NAME, 'ok']);
  }
});

test('an auto listener refuses a client in the language that it speaks', async () => {
  const seen = await opensslConnect(sluice.address(), { serverName: UNKNOWN });
  assert.equal(seen.alert, 112);
  assert.equal((await curl(`http://${UNKNOWN}/`, { via: sluice.address() })).status, 404);
});

test('an auto listener says nothing to a client that speaks neither TLS nor HTTP', async () => {
  for (const greeting of ['SSH-2.0-OpenSSH_9.2\r\n', Buffer.of(0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f)]) {
    assert.deepEqual(await answerTo(greeting), { bytes: Buffer.alloc(0), end: 'ended' });
  }
  await sluice.waitForMetric('sluice_sessions_total', { termination: 'malformed' }, 2);
});

test('an auto listener tells a client that stops in the middle in its language', async () => {
  const [tls, http, silent] = await Promise.all([
    answerTo(clientHello(NAME).subarray(0, 1)),
    answerTo('GET'),
    answerTo(''),
  ]);
  assert.deepEqual([...tls.bytes], [21, 3, 3, 0, 2, 2, 40]);
  assert.match(http.bytes.toString(), /^HTTP\/1\.1 408 /);
  assert.deepEqual(silent, { bytes: Buffer.alloc(0), end: 'ended' });
});

async function answerTo(bytes: string | Uint8Array) {
  await using client = await connectRaw(sluice.address());
  await client.send(bytes);
  const end = await client.end();
  return { bytes: client.bytes(), end };
}
