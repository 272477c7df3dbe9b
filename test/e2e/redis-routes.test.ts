import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askHttp, askTls } from '../support/ask.ts';
import { sumOf } from '../support/metrics.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import type { RawBackend } from '../support/raw-backend.ts';
import { redisMissing, startRedis, type RedisServer } from '../support/redis.ts';
import { startSluice, type Sluice, type SluiceOptions } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';

const SKIP = await redisMissing();
const NAME = 'app.example.test';
const BACKENDS = `hostnames:${NAME}:backends`;
// The promise is 100 ms. This machine may be running every other test meanwhile.
const REACHED_MS = 2000;

withRedis('a SADD reaches the next connections', async ({ redis, one, two }, t) => {
  await redis.cli('SADD', BACKENDS, one.address);
  await using sluice = await startOn(redis, { args: ['--balance', 'round-robin'] });
  assert.equal(await askTls(sluice.address(), NAME), 'one');
  await redis.cli('SADD', BACKENDS, two.address);
  const began = performance.now();
  let elapsedMs = 0;
  do {
    elapsedMs = performance.now() - began;
  } while ((await askTls(sluice.address(), NAME)) !== 'two' && elapsedMs < REACHED_MS);
  t.diagnostic(`a connection begun ${elapsedMs.toFixed(1)} ms after the SADD reached its backend`);
  assert.ok(elapsedMs < REACHED_MS);
});

withRedis('a backend that was removed by SREM gets no more connections', async (world) => {
  const { redis, one, two } = world;
  await redis.cli('SADD', BACKENDS, one.address, two.address);
  await using sluice = await startOn(redis, { args: ['--balance', 'round-robin'] });
  const next = () => askTls(sluice.address(), NAME);
  assert.deepEqual([await next(), await next()].sort(), ['one', 'two']);
  await redis.cli('SREM', BACKENDS, one.address);
  await eventually(async () => (await next()) === 'two' && (await next()) === 'two');
  const { accepted } = one;
  for (let i = 0; i < 4; i++) assert.equal(await next(), 'two');
  assert.equal(one.accepted, accepted);
});

withRedis('a name whose last backend goes is unknown, and known again after', async (world) => {
  const { redis, one, two } = world;
  await using sluice = await startOn(redis);
  assert.equal(await askTls(sluice.address(), NAME), 'alert 112');
  for (const { backend, name } of [
    { backend: one, name: 'one' },
    { backend: two, name: 'two' },
  ]) {
    await redis.cli('SADD', BACKENDS, backend.address);
    await untilAnswer(sluice, name);
    await redis.cli('SREM', BACKENDS, backend.address);
    await untilAnswer(sluice, 'alert 112');
  }
});

withRedis('wildcards and both defaults are read from Redis', async ({ redis, one, two }) => {
  await redis.cli('SADD', 'hostnames:*.wild.test:backends', one.address);
  await redis.cli('SADD', 'hostnames:httpsDefault:backends', `${two.address}?weight=2`);
  await redis.cli('SADD', 'hostnames:httpDefault:backends', `http://${one.address}`);
  await using sluice = await startOn(redis);
  const [tls, http] = sluice.addresses as [string, string];
  assert.equal(await askTls(tls, 'a.b.wild.test'), 'one');
  assert.equal(await askTls(tls, 'nobody.test'), 'two');
  assert.equal(await askHttp(http, 'nobody.test'), 'one');
  const kinds = ['exact', 'wildcard', 'default'];
  const metrics = await sluice.metrics();
  const counts = kinds.map((kind) => sumOf(metrics, 'sluice_routes', { kind }));
  assert.deepEqual(counts, [0, 1, 2]);
});

withRedis(
  'a bad member is left out, counted and logged once, and the others serve',
  async (world) => {
    const { redis, one } = world;
    await redis.cli('SADD', BACKENDS, one.address, '127.1', 'https://10.0.0.1');
    await using sluice = await startOn(redis);
    for (let i = 0; i < 5; i++) assert.equal(await askTls(sluice.address(), NAME), 'one');
    assert.equal(sumOf(await sluice.metrics(), 'sluice_backends_refused'), 2);
    const complaints = () => sluice.log().filter(({ msg }) => msg === 'left out of the routes');
    const members = complaints().map(({ route, member, reason }) => [route, member, reason]);
    assert.deepEqual(members.sort(), [
      [NAME, '127.1', 'is not an IPv4 address in plain dotted decimal'],
      [NAME, 'https://10.0.0.1', 'has a scheme other than tls:// or http://'],
    ]);

    // Counted is what is left out now.
    await redis.cli('SREM', BACKENDS, '127.1');
    await sluice.waitForMetric('sluice_backends_refused', {}, 1);
    assert.equal(await askTls(sluice.address(), NAME), 'one');
    assert.equal(complaints().filter(({ member }) => member === '127.1').length, 1);
  },
);

withRedis('a key of another type, or one that is no name, harms no other route', async (world) => {
  const { redis, one } = world;
  await redis.cli('SET', 'hostnames:string.example.test:backends', one.address);
  await redis.cli('SADD', 'hostnames:Upper.example.test:backends', one.address);
  await redis.cli('SADD', 'hostnames:*:backends', one.address);
  await redis.cli('SADD', BACKENDS, one.address);
  await using sluice = await startOn(redis);
  assert.equal(await askTls(sluice.address(), NAME), 'one');
  assert.equal(await askTls(sluice.address(), 'string.example.test'), 'alert 112');
  assert.equal(sumOf(await sluice.metrics(), 'sluice_route_bad_keys'), 3);
  const reasons = sluice.log().filter(({ msg }) => msg === 'left out of the routes');
  assert.deepEqual(
    reasons.map(({ route, reason }) => `${String(route)} ${String(reason)}`).sort(),
    [
      '* is too wide: httpsDefault and httpDefault match what nothing else does',
      'Upper.example.test has upper case: names are looked up in lower case',
      'string.example.test is not a set',
    ],
  );
  await redis.cli('DEL', 'hostnames:string.example.test:backends');
  await redis.cli('SADD', 'hostnames:string.example.test:backends', one.address);
  await untilAnswer(sluice, 'one', 'string.example.test');
});

withRedis('with a prefix only the keys behind it count', async ({ redis, one, two }) => {
  await redis.cli('SADD', `edge:${BACKENDS}`, one.address);
  await redis.cli('SADD', BACKENDS, two.address);
  await redis.cli('SADD', 'hostnames:other.example.test:backends', two.address);
  await using sluice = await startOn(redis, { args: ['--redis-prefix', 'edge:'] });
  assert.equal(await askTls(sluice.address(), NAME), 'one');
  assert.equal(await askTls(sluice.address(), 'other.example.test'), 'alert 112');
  await redis.cli('SREM', `edge:${BACKENDS}`, one.address);
  await untilAnswer(sluice, 'alert 112');
});

interface World {
  readonly redis: RedisServer;
  readonly one: RawBackend;
  readonly two: RawBackend;
}

function withRedis(
  title: string,
  body: (world: World, t: { diagnostic(message: string): void }) => Promise<void>,
): void {
  test(title, { skip: SKIP }, async (t) => {
    await using redis = await startRedis();
    await using one = await startNamedBackend('one');
    await using two = await startNamedBackend('two');
    await body({ redis, one, two }, t);
  });
}

function startOn(redis: RedisServer, options: SluiceOptions = {}): Promise<Sluice> {
  return startSluice({ ...options, redis: redis.url });
}

function untilAnswer(sluice: Sluice, answer: string, name = NAME): Promise<boolean> {
  return eventually(async () => (await askTls(sluice.address(), name)) === answer);
}
