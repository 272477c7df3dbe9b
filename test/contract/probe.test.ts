import assert from 'node:assert/strict';
import { test } from 'node:test';
import { probe, type ProbeTarget } from '../../src/control/health/probe/probe.ts';
import { Prober } from '../../src/control/health/probe/prober.ts';
import type { ProbeVerdict } from '../../src/control/health/probe/verdict.ts';
import { certificateFor } from '../support/certs.ts';
import { refusingAddress, silentAddress } from '../support/dead-addresses.ts';
import { startHaproxyBackend } from '../support/haproxy-backend.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { startNginx } from '../support/nginx.ts';
import { startOpensslBackend } from '../support/openssl-backend.ts';
import { Owned } from '../support/owned.ts';
import { startRawBackend } from '../support/raw-backend.ts';

/** What one probe sends and hears, with real backends. */

const NAME = 'app.example.test';
const TIMEOUT_MS = 10_000;

test('a ClientHello is answered by openssl, in TLS 1.3 and in 1.2', async () => {
  const certificate = await certificateFor('probed', NAME);
  for (const version of ['-tls1_3', '-tls1_2']) {
    await using backend = await startOpensslBackend({ certificate, args: ['-rev', version] });
    assert.equal((await ask(backend.address)).result, 'ok', version);
  }
});

test('a ClientHello is answered by openssl whatever key and cipher it insists on', async () => {
  const certificate = await certificateFor('probed', NAME);
  const insistent = [
    ['-tls1_2', '-cipher', 'ECDHE-RSA-AES256-SHA'],
    ['-tls1_2', '-cipher', 'AES128-SHA'],
    ['-tls1_3', '-groups', 'P-256'],
    ['-tls1_3', '-groups', 'P-521'],
    ['-tls1_3', '-ciphersuites', 'TLS_CHACHA20_POLY1305_SHA256'],
  ];
  for (const args of insistent) {
    await using backend = await startOpensslBackend({ certificate, args: ['-rev', ...args] });
    assert.equal((await ask(backend.address)).result, 'ok', args.join(' '));
  }
});

test('openssl takes the hello for what it is: the name, and an ACME responder its ALPN', async () => {
  const certificate = await certificateFor('probed', NAME);
  const args = ['-trace', '-alpn', 'acme-tls/1', '-servername', 'nobody.test'];
  const two = ['-cert2', certificate.cert, '-key2', certificate.key];
  await using backend = await startOpensslBackend({ certificate, args: [...args, ...two] });
  await ask(backend.address, { alpn: 'acme-tls/1' });
  await backend.program.stdout.match(/Hostname in TLS extension: "app\.example\.test"/);
});

test('nginx is probed by TLS, by HTTP and by a connection, on a port and on a unix socket', async () => {
  const certificate = await certificateFor('probed', NAME);
  for (const unix of [false, true]) {
    await using secure = await startNginx({ name: 'secure', certificate, unix });
    await using plain = await startNginx({ name: 'plain', unix });
    assert.equal((await ask(secure.address)).result, 'ok');
    assert.equal((await ask(plain.address, { kind: 'http' })).result, 'ok');
    assert.equal((await ask(plain.address, { kind: 'tcp' })).result, 'ok');
    const only404 = { kind: 'http', status: { min: 404, max: 404 } } as const;
    assert.deepEqual(await ask(plain.address, only404), {
      result: 'bad-status',
      why: 'was answered with HTTP 200',
    });
    assert.equal((await ask(plain.address)).result, 'not-understood', 'TLS to a plain one');
    assert.equal((await ask(secure.address, { kind: 'http' })).result, 'bad-status', 'and back');
  }
});

test('behind a PROXY header of either version a probe is nobody: haproxy takes LOCAL and UNKNOWN', async () => {
  const certificate = await certificateFor('probed', NAME);
  await using owned = new Owned();
  const secure = owned.use(await startHaproxyBackend({ name: 'secure', certificate }));
  const plain = owned.use(await startHaproxyBackend({ name: 'plain' }));
  const nginx = owned.use(await startNginx({ name: 'nginx', certificate, proxyProtocol: true }));
  for (const proxy of ['v1', 'v2'] as const) {
    for (const { address } of [secure, nginx])
      assert.equal((await ask(address, { proxy })).result, 'ok', `${address} ${proxy}`);
    assert.equal((await ask(plain.address, { kind: 'http', proxy })).result, 'ok', proxy);
    assert.equal((await ask(plain.address, { kind: 'tcp', proxy })).result, 'ok', proxy);
  }
  const { result } = await ask(secure.address);
  assert.notEqual(result, 'ok', 'it requires one');
});

test('a tcp probe sends the header of PROXY and nothing else', async () => {
  await using backend = await startRawBackend();
  const asked = ask(backend.address, { kind: 'tcp', proxy: 'v1' });
  const connection = await backend.accept();
  assert.equal(await connection.end(), 'ended');
  assert.equal(connection.bytes().toString(), 'PROXY UNKNOWN\r\n');
  assert.equal((await asked).result, 'ok');
});

test('an http probe asks for the path with the name of the route', async () => {
  await using backend = await startRawBackend();
  const asked = ask(backend.address, { kind: 'http', path: '/healthz?full' });
  const connection = await backend.accept();
  const request = await connection.read(20);
  await connection.send('HTTP/1.1 204 No Content\r\n\r\n');
  assert.equal((await asked).result, 'ok');
  await connection.end();
  const text = request.toString() + connection.bytes().toString();
  assert.match(text, /^GET \/healthz\?full HTTP\/1\.1\r\nHost: app\.example\.test\r\n/);
});

test('every way to fail has a name and words', async () => {
  await using owned = new Owned();
  const refusing = owned.use(await refusingAddress());
  const silent = owned.use(await silentAddress());
  const named = owned.use(await startNamedBackend('hello'));
  const closing = owned.use(
    await startRawBackend({ onConnection: (one) => void one.finish().catch(() => {}) }),
  );
  const mute = owned.use(await startRawBackend());
  const alerting = owned.use(
    await startRawBackend({
      onConnection: (one) => void one.send(Buffer.from('15030100020250', 'hex')),
    }),
  );
  assert.deepEqual(await ask(refusing.address), {
    result: 'refused',
    why: 'could not connect: ECONNREFUSED',
  });
  assert.deepEqual(await ask(silent.address, {}, 100), {
    result: 'timeout',
    why: 'could not connect within 100 ms',
  });
  assert.deepEqual(await ask(mute.address, {}, 100), {
    result: 'timeout',
    why: 'was not answered within 100 ms',
  });
  assert.equal((await ask(named.address)).result, 'not-understood');
  assert.equal((await ask(closing.address)).result, 'closed');
  assert.deepEqual(await ask(alerting.address), {
    result: 'alert',
    why: 'was answered with TLS alert 80',
  });
  assert.equal((await ask('unix:/nonexistent/socket')).result, 'refused');
});

test('a probe that cannot even be begun says nothing about the backend, and leaves its room', async () => {
  await using backend = await startRawBackend();
  const prober = new Prober({ timeoutMs: TIMEOUT_MS, sources: ['no address'] });
  const room = prober.room;
  const { result, why } = await prober.probe(targetAt(backend.address));
  assert.deepEqual([result, why], ['no-resources', 'could not be made: ERR_INVALID_IP_ADDRESS']);
  assert.equal(prober.room, room);
  assert.equal(prober.counts().ended.get('tls no-resources'), 1);
});

test('a probe that finds no port on one source address goes on to the next', async () => {
  await using backend = await startRawBackend();
  // Nobody's here: bind(2) says of it what connect(2) says of one whose ports are all in use.
  const prober = new Prober({
    timeoutMs: TIMEOUT_MS,
    sources: ['198.51.100.1', '::1', '127.0.0.3'],
  });
  const { result } = await prober.probe(targetAt(backend.address, { kind: 'tcp' }));
  assert.equal(result, 'ok');
  assert.equal((await backend.accept()).socket.remoteAddress, '127.0.0.3');
  const none = new Prober({ timeoutMs: TIMEOUT_MS, sources: ['198.51.100.1', '198.51.100.2'] });
  const verdict = await none.probe(targetAt(backend.address));
  assert.deepEqual(verdict, {
    result: 'no-resources',
    why: 'failed for want of our own: EADDRNOTAVAIL',
  });
});

test('a backend that never stops talking is heard for no longer than a bound', async () => {
  await using backend = await startRawBackend({
    onConnection: (one) => void one.send(`HTTP/1.1 100 ${'x'.repeat(100_000)}`).catch(() => {}),
  });
  assert.deepEqual(await ask(backend.address, { kind: 'http' }), {
    result: 'not-understood',
    why: 'was answered with too much',
  });
});

function ask(
  address: string,
  target: Partial<ProbeTarget> = {},
  timeoutMs = TIMEOUT_MS,
): Promise<ProbeVerdict> {
  const manner = { timeoutMs, sources: [] };
  return probe(targetAt(address, target), manner, new AbortController().signal);
}

function targetAt(address: string, target: Partial<ProbeTarget> = {}): ProbeTarget {
  const at = /^unix:(.*)$|^(.*):(\d+)$/.exec(address)!;
  const endpoint = at[1] === undefined ? { ip: at[2]!, port: Number(at[3]) } : { path: at[1] };
  return {
    kind: 'tls',
    endpoint,
    proxy: 'off',
    name: NAME,
    isGuess: false,
    alpn: null,
    path: '/',
    status: { min: 200, max: 399 },
    ...target,
  };
}
