import assert from 'node:assert/strict';
import { Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { crc32c, V2_FAMILY, V2_PROXY, V2_SIGNATURE, V2_TLV } from '../../src/proxy-protocol.ts';
import { certificateFor } from '../support/certs.ts';
import { curl } from '../support/curl.ts';
import { refusingAddress, silentAddress } from '../support/dead-addresses.ts';
import { startDns } from '../support/dns.ts';
import { readEcho } from '../support/echo.ts';
import { startHaproxyBackend } from '../support/haproxy-backend.ts';
import { startHttpBackend } from '../support/http-backend.ts';
import { startOpensslBackend } from '../support/openssl-backend.ts';
import { opensslConnect } from '../support/openssl-client.ts';
import { startRawBackend } from '../support/raw-backend.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startSluice } from '../support/sluice.ts';
import { startTlsBackend } from '../support/tls-backend.ts';

// What the other tests stand on: each real part does what they take for granted.

const NAME = 'app.example.test';

test('a TLS backend shows its own certificate and names itself', async () => {
  await using one = await startTlsBackend({ name: 'app-1', names: [NAME] });
  await using two = await startTlsBackend({ name: 'app-2', names: [NAME] });
  for (const { name, address, certificate } of [one, two]) {
    const answer = await curl(`https://${NAME}/`, { via: address, ca: certificate.ca });
    assert.equal(answer.stderr, '');
    assert.deepEqual([answer.exitCode, answer.status, answer.echo['backend']], [0, 200, name]);
    assert.deepEqual([answer.echo['server_name'], answer.echo['alpn']], [NAME, 'h2']);
    const seen = await opensslConnect(address, { serverName: NAME, args: ['-alpn', 'http/1.1'] });
    assert.deepEqual([seen.exitCode, seen.subject], [0, `O = ${name}, CN = ${NAME}`]);
    assert.deepEqual([seen.alpn, seen.protocol, seen.alert], ['http/1.1', 'TLSv1.3', null]);
  }
});

test('curl refuses a certificate for another name', async () => {
  await using backend = await startTlsBackend({ name: 'other', names: ['other.example.test'] });
  const { address, certificate } = backend;
  const answer = await curl(`https://${NAME}/`, { via: address, ca: certificate.ca });
  assert.deepEqual([answer.exitCode, answer.status], [60, 0]);
});

test('an HTTP backend listens on IPv4, on IPv6 and on a unix socket', async () => {
  for (const at of [{ host: '127.0.0.2' }, { host: '::1' }]) {
    await using backend = await startHttpBackend({ name: 'site', ...at });
    const answer = await curl(`http://${NAME}/path?query`, { via: backend.address });
    assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, 'text/plain']);
    assert.deepEqual([answer.echo['host'], answer.echo['uri']], [NAME, '/path?query']);
  }
  await using backend = await startHttpBackend({ name: 'site', unix: true });
  const socket = ['--unix-socket', backend.address.slice('unix:'.length)];
  assert.equal((await curl(`http://${NAME}/`, { args: socket })).echo['backend'], 'site');
});

test('a backend comes back on the port it had', async () => {
  const first = await startHttpBackend({ name: 'before' });
  await first[Symbol.asyncDispose]();
  assert.equal((await curl(`http://${first.address}/`)).exitCode, 7);
  await using again = await startHttpBackend({ name: 'after', port: first.port });
  assert.equal((await curl(`http://${first.address}/`)).echo['backend'], 'after');
  assert.equal(again.address, first.address);
});

test('a TLS backend learns the client from a PROXY header', async () => {
  await using backend = await startTlsBackend({
    name: 'app-1',
    names: [NAME],
    proxyProtocol: true,
  });
  const { address, certificate } = backend;
  const args = ['--haproxy-protocol'];
  const answer = await curl(`https://${NAME}/`, { via: address, ca: certificate.ca, args });
  assert.match(answer.echo['proxy']!, /^127\.0\.0\.1:\d+$/);
  assert.equal(answer.echo['proxy_to'], address);
});

test('haproxy reads a PROXY v2 header: addresses, authority and unique id', async () => {
  await using backend = await startHaproxyBackend({ name: 'behind' });
  await using client = await connectRaw(backend.address);
  await client.send(proxyV2Header());
  await client.send('GET / HTTP/1.1\r\nHost: app.example.test\r\nConnection: close\r\n\r\n');
  assert.equal(await client.end(), 'ended');
  const echo = readEcho(client.bytes().toString());
  assert.deepEqual([echo['client'], echo['to']], ['192.0.2.1:1000', '192.0.2.2:443']);
  assert.deepEqual([echo['authority'], echo['unique_id']], [NAME, 'id-1']);
});

test('haproxy refuses a PROXY v2 header whose checksum is wrong, and a connection without one', async () => {
  await using backend = await startHaproxyBackend({ name: 'behind' });
  const wrong = proxyV2Header();
  wrong[wrong.length - 1]! ^= 1;
  for (const first of [wrong, 'GET / HTTP/1.1\r\nHost: app.example.test\r\n\r\n']) {
    await using client = await connectRaw(backend.address);
    await client.send(first);
    await client.end();
    assert.equal(client.received, 0);
  }
});

test('haproxy speaks TLS behind a PROXY header', async () => {
  const certificate = await certificateFor('behind', NAME);
  await using backend = await startHaproxyBackend({ name: 'behind', certificate });
  const args = ['--haproxy-protocol'];
  const answer = await curl(`https://${NAME}/`, { via: backend.address, ca: certificate.ca, args });
  assert.deepEqual([answer.status, answer.echo['server_name']], [200, NAME]);
});

test('openssl s_server answers each line reversed', async () => {
  const certificate = await certificateFor('openssl', NAME);
  await using backend = await startOpensslBackend({ certificate });
  const seen = await opensslConnect(backend.address, { serverName: NAME });
  assert.equal(seen.subject, certificate.subject);
  const ca = await readFile(certificate.ca);
  const client = connect({ port: backend.port, servername: NAME, ca }).setEncoding('utf8');
  client.end('abc\n');
  assert.equal(await text(client), 'cba\n');
});

test('openssl s_client says which alert ended a handshake', async () => {
  await using backend = await startRawBackend();
  const connecting = opensslConnect(backend.address, { serverName: NAME });
  await using connection = await backend.accept();
  await connection.read(1);
  await connection.send(Uint8Array.of(21, 3, 3, 0, 2, 2, 112));
  await connection.finish();
  const { exitCode, alert } = await connecting;
  assert.deepEqual([exitCode, alert], [1, 112]);
});

test('a raw client tells a FIN from a RST, behind bytes too', async () => {
  await using backend = await startRawBackend();
  for (const [how, end] of [
    ['finish', 'ended'],
    ['reset', 'reset'],
  ] as const) {
    await using client = await connectRaw(backend.address);
    await using connection = await backend.accept();
    await connection.send('some bytes');
    await client.read(10);
    void connection[how]();
    assert.equal(await client.end(), end);
  }
});

test('a dead address refuses connections, or answers none', async () => {
  await using refusing = await refusingAddress();
  assert.equal((await curl(`http://${refusing.address}/`)).exitCode, 7);
  await using silent = await silentAddress();
  const impatient = ['--connect-timeout', '0.5'];
  assert.equal((await curl(`http://${silent.address}/`, { args: impatient })).exitCode, 28);
});

test('dnsmasq answers with the records it was given, and with the changed ones', async () => {
  await using dns = await startDns({ 'one.example.test': ['10.0.0.1', '10.0.0.2', 'fd00::1'] });
  const resolver = new Resolver();
  resolver.setServers([dns.address]);
  assert.deepEqual((await resolver.resolve4('one.example.test')).sort(), ['10.0.0.1', '10.0.0.2']);
  assert.deepEqual(await resolver.resolve6('one.example.test'), ['fd00::1']);
  await assert.rejects(resolver.resolve4('two.example.test'), { code: 'ENOTFOUND' });
  await dns.change({ 'two.example.test': ['10.0.0.9'] });
  assert.deepEqual(await resolver.resolve4('two.example.test'), ['10.0.0.9']);
  await assert.rejects(resolver.resolve4('one.example.test'), { code: 'ENOTFOUND' });
});

test('sluice starts on free ports, and its log and metrics are told as they come', async () => {
  await using backend = await startHttpBackend({ name: 'site' });
  const routes = { [NAME]: { backends: [backend.address] } };
  await using sluice = await startSluice({ listeners: ['http://127.0.0.1:0'], routes });
  const answer = await curl(`http://${NAME}/`, { via: sluice.address() });
  assert.equal(answer.echo['backend'], 'site');
  const session = await sluice.waitForSession(({ host }) => host === NAME);
  assert.deepEqual([session.termination, session.backend], ['ok', backend.address]);
  await sluice.waitForMetric('sluice_sessions_total', { termination: 'ok' }, 1);
  assert.deepEqual(await sluice.stop(), { code: 0, signal: null });
});

test('a part that does not start says why', async () => {
  await assert.rejects(startHttpBackend({ name: '";' }), /did not start.*\[emerg\]/s);
});

// As haproxy's proxy-protocol.txt, section 2.2, has it; the checksum last.
function proxyV2Header(): Buffer {
  const addresses = Buffer.from([
    192,
    0,
    2,
    1,
    192,
    0,
    2,
    2,
    1000 >> 8,
    1000 & 255,
    443 >> 8,
    443 & 255,
  ]);
  const body = Buffer.concat([
    addresses,
    tlv(V2_TLV.authority, Buffer.from(NAME)),
    tlv(V2_TLV.uniqueId, Buffer.from('id-1')),
    tlv(V2_TLV.crc32c, Buffer.alloc(4)),
  ]);
  const lead = Buffer.from([
    ...V2_SIGNATURE,
    V2_PROXY,
    V2_FAMILY.tcp4,
    body.length >> 8,
    body.length & 255,
  ]);
  const header = Buffer.concat([lead, body]);
  header.writeUInt32BE(crc32c(header), header.length - 4);
  return header;
}

function tlv(type: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type, value.length >> 8, value.length & 255]), value]);
}
