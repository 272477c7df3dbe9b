import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { certificateFor, type Certificate } from '../../support/certs.ts';
import { makeFolder, type Folder } from '../../support/folder.ts';
import { freePort, startRedis, type RedisServer } from '../../support/redis.ts';
import { BACKENDS, skip } from '../redis-world.ts';
import { followFlags, type FollowedPlace } from './place-world.ts';

const run = promisify(execFile);
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
const options = { skip, timeout: 30_000 };

test('a Redis with a certificate of our own authority is read over TLS', options, async () => {
  await using redis = await startTls(await certificateFor('redis-local', 'localhost'));
  await using world = await redis.follow({ url: `rediss://localhost:${redis.port}` });
  await world.sink.untilRoute('app.example.com', '10.0.0.1');
  await redis.server.cli('SADD', BACKENDS, '10.0.0.2');
  await world.sink.untilRoute('app.example.com', '10.0.0.1', '10.0.0.2');
});

test('dialled by address, Redis is known by the name it is said to have', options, async () => {
  await using redis = await startTls(await certificateFor('redis-named', 'redis.example.test'));
  await using named = await redis.follow({ 'redis-server-name': 'redis.example.test' });
  await named.sink.untilRoute('app.example.com', '10.0.0.1');
  await using other = await redis.follow({});
  assert.match(await other.log.untilLine('not available'), /certificate is for another name.*127/);
  await using wrong = await redis.follow({ 'redis-server-name': 'other.example.test' });
  assert.match(await wrong.log.untilLine('not available'), /another name.*other\.example\.test/);
  assert.deepEqual([other.sink.calls, wrong.sink.calls], [[], []]);
});

test('an address in a certificate is as good as a name', options, async () => {
  await using folder = await makeFolder();
  const own = await selfSigned(folder, 'IP:127.0.0.1');
  await using redis = await startTls(own);
  await using world = await redis.follow({});
  await world.sink.untilRoute('app.example.com', '10.0.0.1');
});

test(
  'a certificate of an unknown authority, or an expired one, is refused in words',
  options,
  async () => {
    await using folder = await makeFolder();
    const expired = await expiredCertificate(folder);
    await using redis = await startTls(expired);
    await using late = await redis.follow({});
    assert.match(await late.log.untilLine('not available'), /certificate has expired/);
    await using other = await startTls(await certificateFor('redis-local', 'localhost'));
    await using strange = await other.follow({ 'redis-ca': expired.ca });
    assert.match(await strange.log.untilLine('not available'), /signed by nobody we trust/);
  },
);

test(
  'a client certificate is shown where Redis asks for one, and read afresh each time',
  options,
  async () => {
    await using folder = await makeFolder();
    const [ours, server] = [
      await certificateFor('redis-edge', 'edge.example.test'),
      await certificateFor('redis-local', 'localhost'),
    ];
    const strange = await selfSigned(folder, 'DNS:edge');
    const files = { 'redis-cert': folder.file('edge.crt'), 'redis-key': folder.file('edge.key') };
    await copyFile(strange.cert, files['redis-cert']);
    await copyFile(strange.key, files['redis-key']);
    await using redis = await startTls(server, '--tls-auth-clients', 'yes');
    const url = `rediss://localhost:${redis.port}`;
    await using bare = await redis.follow({ url });
    assert.match(await bare.log.untilLine('not available'), /asks for a client certificate/);
    await using world = await redis.follow({ url, ...files });
    assert.match(
      await world.log.untilLine('not available'),
      /does not trust our client certificate/,
    );
    await copyFile(ours.key, files['redis-key']);
    await copyFile(ours.cert, files['redis-cert']);
    await world.sink.untilRoute('app.example.com', '10.0.0.1');
  },
);

test('TLS to a Redis without it, and the other way round, are told apart', options, async () => {
  await using redis = await startTls(await certificateFor('redis-local', 'localhost'));
  await using plain = await redis.follow({ url: `rediss://localhost:${redis.server.port}` });
  assert.match(await plain.log.untilLine('not available'), /no answer to TLS.* redis:\/\//);
  await using secure = await followFlags({ redis: `redis://localhost:${redis.port}` });
  assert.match(await secure.log.untilLine('not available'), /if it speaks TLS there, rediss:\/\//);
});

interface TlsRedis extends AsyncDisposable {
  readonly server: RedisServer;
  /** The port on which it speaks TLS. */
  readonly port: number;
  /** Trusts the authority of its certificate, and dials 127.0.0.1 unless there is a `url`. */
  follow(flags: Readonly<Record<string, string>>): Promise<FollowedPlace>;
}

async function startTls(
  { cert, key, ca }: Pick<Certificate, 'cert' | 'key' | 'ca'>,
  ...args: readonly string[]
): Promise<TlsRedis> {
  const port = await freePort();
  const tls = { '--tls-port': String(port), '--tls-cert-file': cert, '--tls-key-file': key };
  const more = ['--tls-ca-cert-file', ca, '--tls-auth-clients', 'no', ...args];
  const server = await startRedis(...Object.entries(tls).flat(), ...more);
  await server.cli('SADD', BACKENDS, '10.0.0.1');
  return {
    server,
    port,
    follow: ({ url = `rediss://127.0.0.1:${port}`, ...flags }) =>
      followFlags({ redis: url, 'redis-ca': ca, ...flags }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function selfSigned(folder: Folder, name: string) {
  const [cert, key] = [folder.file('own.crt'), folder.file('own.key')];
  const names = ['-subj', '/CN=own', '-addext', `subjectAltName=${name}`];
  await run('openssl', ['req', '-x509', ...NEW_KEY, '-keyout', key, '-out', cert, ...names]);
  return { cert, key, ca: cert };
}

// Only `openssl ca` of version 3.0 takes a date in the past.
async function expiredCertificate(folder: Folder) {
  const [cert, key, request] = [folder.file('old.crt'), folder.file('old.key'), folder.file('csr')];
  const config = folder.file('ca.cnf');
  const policy = `[ca]\ndefault_ca=old\n[old]\ndatabase=${folder.file('db')}\nnew_certs_dir=${folder.path}\n`;
  await writeFile(
    config,
    `${policy}policy=any\ndefault_md=sha256\nrand_serial=yes\n[any]\ncommonName=supplied\n`,
  );
  await writeFile(folder.file('db'), '');
  await run('openssl', ['req', ...NEW_KEY, '-keyout', key, '-out', request, '-subj', '/CN=old']);
  const dates = ['-startdate', '20200101000000Z', '-enddate', '20200102000000Z'];
  const files = ['-keyfile', key, '-in', request, '-out', cert];
  await run('openssl', ['ca', '-batch', '-selfsign', '-config', config, ...files, ...dates]);
  return { cert, key, ca: cert };
}
