import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askTls } from '../support/ask.ts';
import { clientHello } from '../support/client-hello.ts';
import { curl } from '../support/curl.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startSluice } from '../support/sluice.ts';
import { startTlsBackend } from '../support/tls-backend.ts';

const NAME = 'app.example.test';

test('a client of IPv6 reaches a backend of IPv6', async () => {
  await using backend = await startTlsBackend({ name: 'six', names: [NAME], host: '::1' });
  await using sluice = await startSluice({
    listeners: ['tls://[::1]:0'],
    routes: { [NAME]: { backends: [backend.address] } },
  });
  const { ca } = backend.certificate;
  const answer = await curl(`https://${NAME}/`, { via: sluice.address(), ca });
  assert.equal(answer.echo['backend'], 'six', answer.stderr);
  const session = await sluice.waitForSession(() => true);
  assert.match(sluice.address(), /^\[::1\]:\d+$/);
  assert.match(session.client, /^\[::1\]:\d+$/);
  assert.equal(session.backend, `[::1]:${backend.port}`);
});

test('clients and backends need not be of one family', async () => {
  await using four = await startNamedBackend('four');
  await using six = await startNamedBackend('six', { host: '::1' });
  await using sluice = await startSluice({
    listeners: ['tls://127.0.0.1:0', 'tls://[::1]:0'],
    routes: {
      'four.example.test': { backends: [four.address] },
      'six.example.test': { backends: [`[0:0:0:0:0:0:0:1]:${six.port}`] },
    },
  });
  for (const address of sluice.addresses) {
    for (const name of ['four', 'six']) {
      assert.equal(await askTls(address, `${name}.example.test`), name, address);
    }
  }
});

test('a listener on [::] takes both families, and knows an IPv4 client by its own address', async () => {
  await using backend = await startNamedBackend('backend');
  await using sluice = await startSluice({
    listeners: ['tls://[::]:0'],
    routes: { [NAME]: { backends: [backend.address] } },
  });
  const port = sluice.address().replace('[::]:', '');
  for (const host of ['127.0.0.1', '[::1]']) {
    await using client = await connectRaw(`${host}:${port}`);
    await client.send(clientHello(NAME));
    await client.end();
    assert.equal(client.bytes().toString(), 'backend');
    await client.finish();
    const session = await sluice.waitForSession((line) => line.client === client.localAddress);
    assert.ok(session.client.startsWith(`${host}:`));
  }
});
