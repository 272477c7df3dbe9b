import assert from 'node:assert/strict';
import { test } from 'node:test';
import { curl } from '../support/curl.ts';
import { startHttpBackend } from '../support/http-backend.ts';
import { startSluice } from '../support/sluice.ts';
import { startTlsBackend } from '../support/tls-backend.ts';

const NAME = 'app.example.test';

test('a backend may listen on a unix socket, for TLS and for HTTP', async () => {
  await using secure = await startTlsBackend({ name: 'secure', names: [NAME], unix: true });
  await using plain = await startHttpBackend({ name: 'plain', unix: true });
  await using sluice = await startSluice({
    routes: { [NAME]: { backends: [`tls://${secure.address}`, `http://${plain.address}`] } },
  });
  const [tls, http] = sluice.addresses as [string, string];
  const { ca } = secure.certificate;
  assert.equal((await curl(`https://${NAME}/`, { via: tls, ca })).echo['backend'], 'secure');
  assert.equal((await curl(`http://${NAME}/`, { via: http })).echo['backend'], 'plain');
  const session = await sluice.waitForSession(({ protocol }) => protocol === 'tls');
  assert.deepEqual([session.backend, session.termination], [secure.address, 'ok']);
});

test('a backend on a unix socket learns the client from a PROXY header', async () => {
  await using backend = await startHttpBackend({ name: 'site', unix: true, proxyProtocol: true });
  await using sluice = await startSluice({
    listeners: ['http://127.0.0.1:0'],
    routes: { [NAME]: { backends: [`${backend.address}?proxy=v2`] } },
  });
  const { echo } = await curl(`http://${NAME}/`, { via: sluice.address() });
  const { client } = await sluice.waitForSession(() => true);
  assert.deepEqual([echo['proxy'], echo['proxy_to']], [client, sluice.address()]);
});

test('a unix socket that is not there is passed over like a port that refuses', async () => {
  await using gone = await startHttpBackend({ name: 'gone', unix: true });
  await gone[Symbol.asyncDispose]();
  await using alive = await startHttpBackend({ name: 'alive', unix: true });
  await using sluice = await startSluice({
    listeners: ['http://127.0.0.1:0'],
    routes: { [NAME]: { backends: [gone.address, alive.address] } },
    args: ['--balance', 'round-robin'],
  });
  const { echo } = await curl(`http://${NAME}/`, { via: sluice.address() });
  assert.equal(echo['backend'], 'alive');
  await sluice.waitForMetric('sluice_backend_connects_total', { result: 'refused' }, 1);
});
