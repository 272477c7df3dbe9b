import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certificateFor } from '../support/certs.ts';
import { curl } from '../support/curl.ts';
import { readEcho, type Echo } from '../support/echo.ts';
import { startHaproxyBackend } from '../support/haproxy-backend.ts';
import { startHttpBackend } from '../support/http-backend.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startSluice } from '../support/sluice.ts';
import { startTlsBackend } from '../support/tls-backend.ts';

const NAME = 'app.example.test';
const listeners = ['tls://127.0.0.1:0', 'http://127.0.0.1:0', 'tls://[::1]:0', 'http://[::1]:0'];

for (const version of ['v1', 'v2'] as const) {
  test(`haproxy learns the client from a ${version} header, under TLS and HTTP, IPv4 and IPv6`, async () => {
    const certificate = await certificateFor('behind', NAME);
    await using secure = await startHaproxyBackend({ name: 'secure', certificate });
    await using plain = await startHaproxyBackend({ name: 'plain' });
    await using sluice = await startSluice({
      listeners,
      routes: {
        [NAME]: { backends: [`tls://${secure.address}`, `http://${plain.address}`] },
      },
      args: ['--proxy-protocol', version],
    });
    for (const [index, listener] of listeners.entries()) {
      const via = sluice.address(index);
      const isTls = listener.startsWith('tls');
      const url = `${isTls ? 'https' : 'http'}://${NAME}/`;
      const { echo, stderr } = await curl(url, { via, ca: certificate.ca });
      assert.equal(echo['backend'], isTls ? 'secure' : 'plain', `${listener} ${stderr}`);
      const { id, client } = await sluice.waitForSession((line) => line.listener === listener);
      const learned = [echo['client'], echo['to'], echo['authority'], echo['unique_id']];
      // Version 1 has no room for more than the addresses.
      const told = version === 'v1' ? ['', ''] : [NAME, id];
      assert.deepEqual(learned.map(withoutBrackets), [client, via, ...told].map(withoutBrackets));
    }
  });
}

test('nginx learns the client from a header of either version, asked for by the backend', async () => {
  const names = [NAME];
  await using v1 = await startTlsBackend({ name: 'v1', names, proxyProtocol: true });
  await using v2 = await startTlsBackend({ name: 'v2', names, proxyProtocol: true });
  await using none = await startTlsBackend({ name: 'none', names });
  await using sluice = await startSluice({
    routes: {
      'v1.example.test': { backends: [`${v1.address}?proxy=v1`] },
      'v2.example.test': { backends: [`${v2.address}?proxy=v2`] },
      'none.example.test': { backends: [none.address] },
    },
  });
  for (const { name } of [v1, v2, none]) {
    const host = `${name}.example.test`;
    const { echo } = await curl(`https://${host}/`, { via: sluice.address(), args: ['-k'] });
    const { client } = await sluice.waitForSession((line) => line.host === host);
    const told = name === 'none' ? [undefined, undefined] : [client, sluice.address()];
    assert.deepEqual([echo['backend'], echo['proxy'], echo['proxy_to']], [name, ...told]);
  }
});

test('a backend can do without the header that the others get', async () => {
  await using told = await startHaproxyBackend({ name: 'told' });
  await using untold = await startHttpBackend({ name: 'untold' });
  await using sluice = await startSluice({
    listeners: ['http://127.0.0.1:0'],
    routes: {
      'told.example.test': { backends: [told.address] },
      'untold.example.test': { backends: [`${untold.address}?proxy=off`] },
    },
    args: ['--proxy-protocol', 'v2'],
  });
  for (const name of ['told', 'untold']) {
    const { echo } = await curl(`http://${name}.example.test/`, { via: sluice.address() });
    assert.equal(echo['backend'], name);
  }
});

test('the client that an accepted header names is the one the backend learns of', async () => {
  await using backend = await startHaproxyBackend({ name: 'behind' });
  for (const version of ['v1', 'v2']) {
    await using sluice = await startSluice({
      listeners: ['http://127.0.0.1:0'],
      routes: { [NAME]: { backends: [backend.address] } },
      args: ['--accept-proxy', '127.0.0.0/8', '--proxy-protocol', version],
    });
    for (const [accepted, client, to] of [
      ['TCP4 192.0.2.1 192.0.2.2 1000 443', '192.0.2.1:1000', '192.0.2.2:443'],
      ['TCP6 2001:db8::1 2001:db8::2 1000 443', '2001:db8::1:1000', '2001:db8::2:443'],
      // The two ends are of different families: the header to the backend is of IPv6.
      ['TCP6 ::ffff:192.0.2.1 2001:db8::2 1 2', '::ffff:192.0.2.1:1', '2001:db8::2:2'],
    ] as const) {
      const echo = await askBehind(sluice.address(), `PROXY ${accepted}\r\n`);
      assert.deepEqual([echo['client'], echo['to']], [client, to], `${version} ${accepted}`);
    }
    const clients = ['192.0.2.1:1000', '[2001:db8::1]:1000', '192.0.2.1:1'];
    for (const client of clients) await sluice.waitForSession((line) => line.client === client);
  }
});

async function askBehind(address: string, header: string): Promise<Echo> {
  await using client = await connectRaw(address);
  await client.send(`${header}GET / HTTP/1.1\r\nHost: ${NAME}\r\nConnection: close\r\n\r\n`);
  await client.end();
  return readEcho(client.bytes().toString());
}

// Neither haproxy nor nginx writes them.
function withoutBrackets(address: string | undefined): string | undefined {
  return address?.replaceAll(/[[\]]/g, '');
}
