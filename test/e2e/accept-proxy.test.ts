import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { proxyHeader } from '../../src/dial/proxy-header.ts';
import { certificateFor } from '../support/certs.ts';
import { clientHello } from '../support/client-hello.ts';
import { curl } from '../support/curl.ts';
import { readEcho, type Echo } from '../support/echo.ts';
import { startHaproxyBackend } from '../support/haproxy-backend.ts';
import { connectRaw } from '../support/raw-client.ts';
import type { RawSocket } from '../support/raw-socket.ts';
import { startSluice } from '../support/sluice.ts';

const NAME = 'app.example.test';
/** Listed, and everybody else is not. */
const BALANCER = '127.0.0.2';
const FROM_BALANCER = { localAddress: BALANCER };
const REQUEST = `GET / HTTP/1.1\r\nHost: ${NAME}\r\nConnection: close\r\n\r\n`;
const V1 = 'PROXY TCP4 192.0.2.7 198.51.100.1 40000 443\r\n';
const V2_IPV6 = proxyHeader('v2', {
  source: { ip: '2001:db8::7', port: 40000 },
  destination: { ip: '2001:db8::1', port: 443 },
  serverName: null,
  alpn: [],
  uniqueId: 'of-the-balancer',
});
// proxy-protocol.txt section 2.2: version 2, command LOCAL, no addresses.
const V2_LOCAL = Buffer.from('\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00', 'latin1');

const certificate = await certificateFor('behind', NAME);
const plain = await startHaproxyBackend({ name: 'plain' });
const encrypted = await startHaproxyBackend({ name: 'encrypted', certificate });
const sluice = await startSluice({
  listeners: ['tls://127.0.0.1:0', 'http://127.0.0.1:0', 'http://[::]:0'],
  routes: { [NAME]: { backends: [`http://${plain.address}`, `tls://${encrypted.address}`] } },
  args: ['--accept-proxy', `${BALANCER}/32`, '--proxy-protocol', 'v2'],
});
const [tls, http, http6] = sluice.addresses as [string, string, string];
after(async () => {
  for (const part of [sluice, plain, encrypted]) await part[Symbol.asyncDispose]();
});

for (const [version, header, client, to] of [
  ['v1', V1, '192.0.2.7:40000', '198.51.100.1:443'],
  ['v2', V2_IPV6, '[2001:db8::7]:40000', '[2001:db8::1]:443'],
] as const) {
  test(`the address in a ${version} header from a listed balancer is the client's, in the log and at the backend`, async () => {
    await using balancer = await connectRaw(http, FROM_BALANCER);
    await balancer.send(header);
    await balancer.send(REQUEST);
    const echo = await echoTo(balancer);
    assert.deepEqual([echo['client'], echo['to']], [withoutBrackets(client), withoutBrackets(to)]);
    const line = await sluice.waitForSession((session) => session.client === client);
    assert.deepEqual([line.termination, line.host], ['ok', NAME]);
    // The balancer's own header went no further: its bytes are not the client's.
    assert.equal(echo['unique_id'], line.id);
  });
}

test('curl behind a balancer reaches a TLS backend', async () => {
  const answer = await curl(`https://${NAME}/`, {
    via: tls,
    ca: certificate.ca,
    args: ['--interface', BALANCER, '--haproxy-protocol'],
  });
  assert.deepEqual([answer.status, answer.echo['backend']], [200, 'encrypted'], answer.stderr);
  assert.match(answer.echo['client']!, /^127\.0\.0\.2:\d+$/);
  assert.deepEqual([answer.echo['authority'], answer.echo['to']], [NAME, tls]);
});

test('a header that comes byte by byte is taken', async () => {
  await using balancer = await connectRaw(http, FROM_BALANCER);
  const bytes = Buffer.concat([Buffer.from(V1.replace('40000', '40001')), Buffer.from(REQUEST)]);
  for (const byte of bytes) await balancer.send(Uint8Array.of(byte));
  assert.equal((await echoTo(balancer))['client'], '192.0.2.7:40001');
});

test('a balancer that speaks for itself is the client', async () => {
  for (const header of [V2_LOCAL, 'PROXY UNKNOWN\r\n']) {
    await using balancer = await connectRaw(http, FROM_BALANCER);
    await balancer.send(header);
    await balancer.send(REQUEST);
    const echo = await echoTo(balancer);
    assert.deepEqual([echo['client'], echo['to']], [balancer.localAddress, http]);
  }
});

test('a listed balancer is known on a listener for IPv6 too', async () => {
  const port = http6.slice(http6.lastIndexOf(':'));
  await using balancer = await connectRaw(`127.0.0.1${port}`, FROM_BALANCER);
  await balancer.send(V1.replace('40000', '40002'));
  await balancer.send(REQUEST);
  assert.equal((await echoTo(balancer))['client'], '192.0.2.7:40002');
});

test('without its header a listed balancer is refused, whatever it sends', async () => {
  for (const [address, bytes] of [
    [tls, clientHello(NAME)],
    [http, REQUEST],
    [http, `PROXY TCP4 192.0.2.7 198.51.100.1 40000\r\n${REQUEST}`],
  ] as const) {
    await using balancer = await connectRaw(address, FROM_BALANCER);
    await balancer.send(bytes);
    assert.deepEqual([await balancer.end(), balancer.received], ['ended', 0]);
    const line = await sluice.waitForSession(({ client }) => client === balancer.localAddress);
    assert.equal(line.termination, 'bad-proxy-header');
  }
});

test('from anybody else no header is looked for: its bytes are a hello like any other', async () => {
  for (const [address, header, termination] of [
    [http, V1, 'malformed'],
    [http, V2_IPV6, 'malformed'],
    [tls, V1, 'not-tls'],
    [tls, V2_IPV6, 'not-tls'],
  ] as const) {
    await using client = await connectRaw(address);
    await client.send(Buffer.concat([Buffer.from(header), Buffer.from(REQUEST)]));
    assert.equal(await client.end(), 'ended');
    const line = await sluice.waitForSession((session) => session.client === client.localAddress);
    assert.equal(line.termination, termination);
  }
});

test('anybody else is routed without a header, and known by its own address', async () => {
  await using client = await connectRaw(http);
  await client.send(REQUEST);
  assert.equal((await echoTo(client))['client'], client.localAddress);
});

/** The answer of the backend: what it has learned. */
async function echoTo(client: RawSocket): Promise<Echo> {
  assert.equal(await client.end(), 'ended');
  await client.finish();
  const answer = client.bytes().toString();
  assert.match(answer, /^HTTP\/1\.1 200 /);
  return readEcho(answer);
}

/** As haproxy writes an address. */
function withoutBrackets(address: string): string {
  return address.replace(/^\[(.*)\]/, '$1');
}
