import assert from 'node:assert/strict';
import { test } from 'node:test';
import { curl } from '../support/curl.ts';
import { opensslConnect } from '../support/openssl-client.ts';
import { startSluice } from '../support/sluice.ts';
import { startTlsBackend } from '../support/tls-backend.ts';

const APP = 'app.example.test';
const SHOP = 'shop.example.test';

test('each name reaches its own backend, whose certificate the client sees', async () => {
  await using app = await startTlsBackend({ name: 'app', names: [APP] });
  await using shop = await startTlsBackend({ name: 'shop', names: [SHOP] });
  await using sluice = await startSluice({
    routes: { [APP]: { backends: [app.address] }, [SHOP]: { backends: [shop.address] } },
  });
  for (const [name, { certificate, address }] of [
    [APP, app],
    [SHOP, shop],
  ] as const) {
    const answer = await curl(`https://${name}/`, { via: sluice.address(), ca: certificate.ca });
    assert.equal(answer.stderr, '');
    assert.deepEqual(
      [answer.status, answer.echo['backend'], answer.echo['server_name']],
      [200, certificate.label, name],
    );
    const session = await sluice.waitForSession(({ host }) => host === name);
    const { protocol, alpn, route, backend, termination, letters, retries } = session;
    assert.deepEqual(
      { protocol, alpn, route, backend, termination, letters, retries },
      {
        protocol: 'tls',
        alpn: 'h2,http/1.1',
        route: name,
        backend: address,
        termination: 'ok',
        letters: '--',
        retries: 0,
      },
    );
  }
});

test('capitals and a trailing dot make no other name of it', async () => {
  await using app = await startTlsBackend({ name: 'app', names: [APP] });
  await using sluice = await startSluice({ routes: { [APP]: { backends: [app.address] } } });
  for (const serverName of ['APP.Example.TEST', `${APP}.`]) {
    const { subject } = await opensslConnect(sluice.address(), { serverName });
    assert.equal(subject, app.certificate.subject, serverName);
  }
});

test('an unknown name, and no name, get the alert unrecognized_name', async () => {
  await using sluice = await startSluice();
  for (const client of [{ serverName: 'nobody.example.test' }, {}]) {
    const { alert, subject } = await opensslConnect(sluice.address(), client);
    assert.deepEqual([alert, subject], [112, null]);
  }
  const terminations = ['unknown-host', 'no-name'];
  for (const termination of terminations) {
    await sluice.waitForSession((line) => line.termination === termination);
  }
});

test('a backend without a port is dialled at 443', async () => {
  // Nobody needs to be there: what matters is where sluice goes.
  await using sluice = await startSluice({
    routes: { [APP]: { backends: ['127.99.99.99'] } },
    args: ['--connect-retries', '0'],
  });
  await opensslConnect(sluice.address(), { serverName: APP });
  const session = await sluice.waitForSession(({ host }) => host === APP);
  assert.equal(session.backend, '127.99.99.99:443');
});
