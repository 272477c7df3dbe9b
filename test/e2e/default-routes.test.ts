import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, askHttp, askTls } from '../support/ask.ts';
import {
  alpn,
  clientHello,
  helloMessage,
  helloOfLength,
  inRecords,
  serverNames,
} from '../support/client-hello.ts';
import { curl } from '../support/curl.ts';
import { startHttpBackend } from '../support/http-backend.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { opensslConnect } from '../support/openssl-client.ts';
import { startSluice } from '../support/sluice.ts';
import { startTlsBackend } from '../support/tls-backend.ts';
import { eventually } from '../support/wait.ts';

const NAME = 'app.example.test';
const UNKNOWN = 'nobody.example.test';
const ACME = alpn('acme-tls/1');
// Says that 100 bytes follow, and none do.
const TRUNCATED_EXTENSION = Buffer.of(0, 0, 0, 100);

test('a name without a route, and a client without a name, reach httpsDefault', async () => {
  await using fallback = await startTlsBackend({ name: 'fallback', names: [UNKNOWN] });
  await using sluice = await startSluice({
    routes: { httpsDefault: { backends: [fallback.address] } },
  });
  for (const client of [{ serverName: UNKNOWN }, {}]) {
    const { subject } = await opensslConnect(sluice.address(), client);
    assert.equal(subject, fallback.certificate.subject);
  }
  const named = await sluice.waitForSession(({ host }) => host === UNKNOWN);
  const nameless = await sluice.waitForSession(({ host }) => host === undefined);
  assert.deepEqual([named.route, nameless.route], ['httpsDefault', 'httpsDefault']);
});

test('acme-tls/1 reaches the route of its name, and never a default', async () => {
  await using app = await startNamedBackend('app');
  await using fallback = await startNamedBackend('fallback');
  await using sluice = await startSluice({
    routes: {
      [NAME]: { backends: [app.address] },
      '*.wild.example.test': { backends: [app.address] },
      httpsDefault: { backends: [fallback.address] },
    },
  });
  const address = sluice.address();
  assert.equal(await ask(address, clientHello(NAME, [ACME])), 'app');
  assert.equal(await ask(address, clientHello('a.wild.example.test', [ACME])), 'app');
  const both = alpn('h2', 'acme-tls/1');
  for (const protocols of [ACME, both]) {
    assert.equal(await ask(address, clientHello(UNKNOWN, [protocols])), 'alert 112');
  }
  const { termination } = await sluice.waitForSession(({ host }) => host === UNKNOWN);
  assert.equal(termination, 'unknown-host');
  assert.equal(await ask(address, clientHello(UNKNOWN, [alpn('h2')])), 'fallback');
  assert.equal(fallback.accepted, 1);
});

test('what is no well-formed hello or request never reaches a default', async () => {
  await using fallback = await startNamedBackend('fallback');
  const backends = [fallback.address];
  await using sluice = await startSluice({
    routes: { httpsDefault: { backends }, httpDefault: { backends } },
    args: ['--hello-max-bytes', '4k'],
  });
  const [tls, http] = sluice.addresses as [string, string];
  for (const [address, bytes, answer] of [
    [tls, helloWith(TRUNCATED_EXTENSION), 'alert 50'],
    [tls, helloWith(serverNames(UNKNOWN, NAME)), 'alert 50'],
    [tls, clientHello(`${UNKNOWN}\0`), 'alert 50'],
    [tls, helloOfLength(UNKNOWN, 5000), 'alert 40'],
    [tls, 'SSH-2.0-OpenSSH_9.2\r\n', 'closed'],
    [http, `GET / HTTP/1.1\r\nHost: ${UNKNOWN}\r\nHost: ${NAME}\r\n\r\n`, 'HTTP 400'],
    [http, 'GET / HTTP/1.1\r\n\r\n', 'HTTP 400'],
    [http, `GET / HTTP/1.1\r\nX: ${'x'.repeat(5000)}\r\n\r\n`, 'HTTP 431'],
  ] as const) {
    assert.equal(await ask(address, bytes), answer, bytes.toString());
  }
  assert.equal(fallback.accepted, 0);
});

test('a default serves its own protocol only', async () => {
  await using fallback = await startNamedBackend('fallback');
  const route = { backends: [fallback.address] };
  await using sluice = await startSluice({ routes: { httpsDefault: route } });
  const [tls, http] = sluice.addresses as [string, string];
  assert.equal(await askTls(tls, UNKNOWN), 'fallback');
  assert.equal(await askHttp(http, UNKNOWN), 'HTTP 404');
  await sluice.writeRoutes({ httpDefault: route });
  await eventually(async () => (await askHttp(http, UNKNOWN)) === 'fallback');
  assert.equal(await askTls(tls, UNKNOWN), 'alert 112');
});

test('a request of HTTP/1.0 without a host reaches httpDefault, and is refused where there is none', async () => {
  await using site = await startHttpBackend({ name: 'site' });
  await using sluice = await startSluice({ listeners: ['http://127.0.0.1:0'] });
  const get = () =>
    curl(`http://${sluice.address()}/`, { args: ['--http1.0', '--header', 'Host:'] });
  assert.equal((await get()).status, 404);
  const { termination } = await sluice.waitForSession(() => true);
  assert.equal(termination, 'no-name');
  await sluice.writeRoutes({ httpDefault: { backends: [site.address] } });
  await eventually(async () => (await get()).echo['backend'] === 'site');
});

function helloWith(extension: Buffer): Buffer {
  return inRecords(helloMessage({ extensions: [extension] }));
}
