import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Explanation } from '../../../src/control/report/explain/explanation.ts';
import { clientHello } from '../../support/client-hello.ts';
import { startRawBackend } from '../../support/raw-backend.ts';
import { connectRaw } from '../../support/raw-client.ts';
import { redisMissing, startRedis } from '../../support/redis.ts';
import { runSluice, startSluice, type Sluice } from '../../support/sluice.ts';

const SKIP = await redisMissing();
const NAME = 'app.example.com';
const HELLO = clientHello(NAME);

test('sluice explain counts the live sessions of each backend, and knows who is next', async () => {
  await using one = await startRawBackend();
  await using two = await startRawBackend();
  const backends = [one.address, two.address];
  await using sluice = await startSluice({ routes: { [NAME]: { backends } } });
  await using client = await connectRaw(sluice.address());
  await client.send(HELLO);
  const busy = await Promise.race([
    one.accept().then((connection) => ({ connection, address: one.address, other: two.address })),
    two.accept().then((connection) => ({ connection, address: two.address, other: one.address })),
  ]);
  await using connection = busy.connection;
  await connection.read(HELLO.length);
  const { members, choice } = await explained(sluice, [NAME]);
  const sessions = members.map(({ addresses: [first] }) => [first!.address, first!.sessions]);
  assert.deepEqual(Object.fromEntries(sessions), { [busy.address]: 1, [busy.other]: 0 });
  assert.deepEqual(choice.candidates, [
    { address: busy.other, chance: 1 },
    { address: busy.address, chance: 0 },
  ]);
});

test('sluice explain shows every pattern, member and verdict to a reader', async () => {
  const routes = {
    [NAME]: { backends: ['10.0.0.5', '10.0.0.300'], draining: ['10.0.0.6'], allow: '10.0.0.0/8' },
    '*.com': { backends: ['10.0.0.8'] },
  };
  await using sluice = await startSluice({ routes });
  const { code, stdout, stderr } = await run(sluice, ['App.Example.com.', '--from', '192.0.2.1']);
  assert.deepEqual({ code, stderr }, { code: 1, stderr: '' });
  for (const line of [
    /^app\.example\.com, tls, from 192\.0\.2\.1: as edge \S+ knows it$/m,
    /^app\.example\.com +matches: the exact name/m,
    /^\*\.example\.com +there is no such route$/m,
    /^\*\.com +there is such a route, but app\.example\.com comes first$/m,
    /^allow +10\.0\.0\.0\/8 +of the route$/m,
    /^10\.0\.0\.5 +10\.0\.0\.5:443 +candidate +1 +off +0$/m,
    /^10\.0\.0\.300 .* refused .* is not an IPv4 address/m,
    /^10\.0\.0\.6 +10\.0\.0\.6:443 +draining/m,
    /^denied \(alert 49 · HTTP 403\): 192\.0\.2\.1 may not use/m,
  ])
    assert.match(stdout, line);
  assert.equal((await run(sluice, [NAME, '--from', '10.1.1.1'])).code, 0);
});

test('protocol and ALPN are part of the question', async () => {
  const routes = {
    [NAME]: { backends: ['10.0.0.5'], acme: ['10.0.0.9:8443'] },
    httpDefault: { backends: ['10.0.0.7'] },
  };
  await using sluice = await startSluice({ routes });
  const http = await explained(sluice, ['nobody.test', '--protocol', 'http']);
  assert.deepEqual(
    [http.route, http.choice.candidates[0]?.address],
    ['httpDefault', '10.0.0.7:80'],
  );
  const acme = await explained(sluice, [NAME, '--alpn', 'h2', '--alpn', 'acme-tls/1']);
  assert.equal(acme.choice.candidates[0]?.address, '10.0.0.9:8443');
});

test('with --redis, Redis is asked, and nobody knows of sessions', { skip: SKIP }, async () => {
  await using redis = await startRedis();
  await redis.cli('SADD', `hostnames:${NAME}:backends`, '10.0.0.5', '127.0.0.1');
  const args = ['explain', NAME, '--redis', redis.url];
  const { code, stdout } = await runSluice(args);
  assert.equal(code, 0);
  assert.match(stdout, /10\.0\.0\.5:443 +candidate +1 +- +unknown/);
  assert.match(stdout, /127\.0\.0\.1:443 +refused/);
  const allowed = await runSluice([...args, '--backend-allow', '127.0.0.0/8', '--json']);
  const { choice, source } = JSON.parse(allowed.stdout) as Explanation;
  assert.equal(source, redis.url);
  assert.equal(choice.candidates.length, 2);
});

test('an edge that has read no routes yet says so', async () => {
  await using sluice = await startSluice({
    redis: 'redis://127.0.0.1:1',
    args: ['--snapshot', 'off'],
    ready: false,
  });
  const { code, stderr } = await run(sluice, [NAME]);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^sluice: the edge at \S+ says: no routes have been read yet: see \/readyz$/,
  );
});

async function explained(sluice: Sluice, words: readonly string[]): Promise<Explanation> {
  const { stdout, stderr } = await run(sluice, [...words, '--json']);
  assert.equal(stderr, '');
  return JSON.parse(stdout) as Explanation;
}

function run(sluice: Sluice, words: readonly string[]) {
  return runSluice(['explain', ...words, '--admin', sluice.adminUrl.slice('http://'.length)]);
}
