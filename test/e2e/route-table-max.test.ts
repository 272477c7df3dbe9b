import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askHttp, askTls } from '../support/ask.ts';
import { clientHello } from '../support/client-hello.ts';
import { fillRedis } from '../support/fill-redis.ts';
import { sumOf } from '../support/metrics.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { startRawBackend, type RawBackend } from '../support/raw-backend.ts';
import { connectRaw } from '../support/raw-client.ts';
import { redisMissing, startRedis, type RedisServer } from '../support/redis.ts';
import { startSluice, type Sluice } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';

const skip = await redisMissing();
const MAX = 20;
const TOO_MANY = 'there are more routes than --route-table-max: each is read when it is asked for';
const FITS = 'the routes fit into the table again: all of them are held';

test('more routes than may be held are read as they are asked for', { skip }, async () => {
  await using one = await startNamedBackend('one');
  await using two = await startNamedBackend('two');
  await using redis = await filled(one.address);
  await redis.cli('SADD', 'hostnames:*.wild.test:backends', two.address);
  await redis.cli('SADD', 'hostnames:httpDefault:backends', two.address);
  await using sluice = await start(redis);
  await isOnDemand(sluice);
  assert.match((await sluice.admin('/readyz')).body, /more routes than --route-table-max/);
  assert.equal((await sluice.admin('/readyz')).status, 200);
  assert.equal(await askTls(sluice.address(), 'app-7.test'), 'one');
  assert.equal(await askTls(sluice.address(), 'a.b.wild.test'), 'two');
  assert.equal(await askTls(sluice.address(), 'nobody.test'), 'alert 112');
  assert.equal(await askHttp(sluice.address(1), 'nobody.test'), 'two');

  // What is announced is in force, of names known, of names known to be absent, and of wildcards.
  await redis.cli(
    'SMOVE',
    'hostnames:app-7.test:backends',
    'hostnames:app-7.test:draining',
    one.address,
  );
  await redis.cli('SADD', 'hostnames:app-7.test:backends', two.address);
  await eventually(async () => (await askTls(sluice.address(), 'app-7.test')) === 'two');
  await redis.cli('SADD', 'hostnames:nobody.test:backends', one.address);
  await eventually(async () => (await askTls(sluice.address(), 'nobody.test')) === 'one');
  await redis.cli('SADD', 'hostnames:a.b.wild.test:backends', one.address);
  await eventually(async () => (await askTls(sluice.address(), 'a.b.wild.test')) === 'one');
  await redis.cli('DEL', 'hostnames:a.b.wild.test:backends', 'hostnames:*.wild.test:backends');
  await eventually(async () => (await askTls(sluice.address(), 'a.b.wild.test')) === 'alert 112');
  assert.equal(sluice.log().filter(({ msg }) => msg === TOO_MANY).length, 1);
});

test('while Redis is away what was read answers, and nothing else is known', { skip }, async () => {
  await using one = await startNamedBackend('one');
  await using two = await startNamedBackend('two');
  await using redis = await filled(one.address);
  await using sluice = await start(redis);
  assert.equal(await askTls(sluice.address(), 'app-1.test'), 'one');
  assert.equal(await askTls(sluice.address(), 'absent.test'), 'alert 112');
  await redis.save();
  await redis.kill();
  await sluice.waitForMetric('sluice_route_source_up', {}, 0);
  assert.equal(await askTls(sluice.address(), 'app-1.test'), 'one');
  assert.equal(await askTls(sluice.address(), 'app-2.test'), 'alert 80');
  assert.equal(await askHttp(sluice.address(1), 'app-2.test'), 'HTTP 503');
  const explained = (await sluice.admin('/api/v1/explain?host=app-2.test')).body;
  assert.match(explained, /"termination":"routes-unavailable"/);
  assert.doesNotMatch(explained, /there is no such route/);
  assert.equal((await sluice.admin('/readyz')).status, 200);

  // What changed meanwhile is found when Redis is back.
  await redis.editStopped(
    ['DEL', 'hostnames:app-1.test:backends'],
    ['SADD', 'hostnames:app-1.test:backends', two.address],
    ['SADD', 'hostnames:absent.test:backends', two.address],
  );
  await redis.start();
  await eventually(async () => (await askTls(sluice.address(), 'app-1.test')) === 'two');
  await eventually(async () => (await askTls(sluice.address(), 'absent.test')) === 'two');
  assert.equal(await askTls(sluice.address(), 'app-2.test'), 'one');
});

test('no more is held than may be, and what was not asked for longest goes', { skip }, async () => {
  await using one = await startNamedBackend('one');
  await using redis = await filled(one.address);
  await using sluice = await start(redis);
  for (let i = 0; i < 2 * MAX; i++) {
    assert.equal(await askTls(sluice.address(), `app-${i}.test`), 'one');
  }
  assert.equal(sumOf(await sluice.metrics(), 'sluice_routes', { kind: 'exact' }), MAX);
  assert.equal(await askTls(sluice.address(), 'app-0.test'), 'one');
});

test(
  'a table that outgrows the maximum while it is followed is read on demand',
  { skip },
  async () => {
    await using one = await startNamedBackend('one');
    await using redis = await startRedis();
    await fill(redis, MAX, one.address);
    await using sluice = await start(redis);
    assert.equal(sumOf(await sluice.metrics(), 'sluice_route_table_mode', { mode: 'whole' }), 1);
    await redis.cli('SADD', 'hostnames:one-more.test:backends', one.address);
    await isOnDemand(sluice);
    assert.equal(await askTls(sluice.address(), 'one-more.test'), 'one');
    await redis.kill();
    await sluice.waitForMetric('sluice_route_source_up', {}, 0);
    // All that was told is known, but for the one that made room.
    const names = Array.from({ length: MAX }, (_, i) => `app-${i}.test`);
    const answers = await Promise.all(names.map((name) => askTls(sluice.address(), name)));
    assert.equal(answers.filter((answer) => answer === 'one').length, MAX - 1);
  },
);

test('routes that fit again are held again', { skip }, async () => {
  await using one = await startNamedBackend('one');
  await using redis = await filled(one.address);
  await using sluice = await start(redis, '--hold-loss=off');
  await isOnDemand(sluice);
  await redis.cli('FLUSHALL');
  await sluice.waitForLog(({ msg }) => msg === FITS);
  assert.equal(await askTls(sluice.address(), 'app-1.test'), 'alert 112');
  await fill(redis, 3, one.address);
  await sluice.waitForMetric('sluice_routes', { kind: 'exact' }, 3);
  assert.equal(sumOf(await sluice.metrics(), 'sluice_route_table_mode', { mode: 'whole' }), 1);
});

test(
  'a Redis that is emptied by accident takes no route away that was read',
  { skip },
  async () => {
    await using one = await startNamedBackend('one');
    await using redis = await filled(one.address);
    await using sluice = await start(redis);
    await isOnDemand(sluice);
    assert.equal(await askTls(sluice.address(), 'app-1.test'), 'one');
    await redis.kill();
    await redis.start();
    await sluice.waitForMetric('sluice_route_loss_held', {}, MAX);
    assert.equal(await askTls(sluice.address(), 'app-1.test'), 'one');
    assert.equal(await askTls(sluice.address(), 'app-2.test'), 'alert 80', 'nobody knows');
  },
);

test(
  'of a route that is read on demand the sessions of a member that leaves are ended, too',
  { skip },
  async () => {
    await using stays = await startRawBackend();
    await using leaves = await startRawBackend();
    await using redis = await filled('127.0.0.1:1');
    const key = 'hostnames:app-1.test:backends';
    await redis.cli('DEL', key);
    await redis.cli('SADD', key, leaves.address);
    await using sluice = await start(redis, '--on-removed', 'close=300ms');
    await isOnDemand(sluice);
    const open = async (backend: RawBackend) => {
      const client = await connectRaw(sluice.address());
      await client.send(clientHello('app-1.test'));
      await backend.accept();
      return client;
    };
    await using gone = await open(leaves);
    // Nobody asks for the name meanwhile.
    await redis.cli('SREM', key, leaves.address);
    await redis.cli('SADD', key, stays.address);
    assert.equal(await gone.end(), 'ended');
    await sluice.waitForMetric('sluice_sessions_total', { termination: 'backend-removed' }, 1);
    await using _next = await open(stays);
    await redis.cli('DEL', key);
    await sluice.waitForMetric('sluice_sessions_total', { termination: 'backend-removed' }, 2);
  },
);

async function isOnDemand(sluice: Sluice): Promise<void> {
  await sluice.waitForMetric('sluice_route_table_mode', { mode: 'on-demand' }, 1);
}

function start(redis: RedisServer, ...args: readonly string[]): Promise<Sluice> {
  return startSluice({ redis: redis.url, args: [`--route-table-max=${MAX}`, ...args] });
}

async function filled(backend: string): Promise<RedisServer> {
  const redis = await startRedis();
  await fill(redis, 10 * MAX, backend);
  return redis;
}

function fill(redis: RedisServer, count: number, backend: string): Promise<void> {
  return fillRedis(redis.socket, count, (i) => [`hostnames:app-${i}.test:backends`, backend]);
}
