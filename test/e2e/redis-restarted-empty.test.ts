import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askTls } from '../support/ask.ts';
import { makeFolder } from '../support/folder.ts';
import { sumOf } from '../support/metrics.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { redisMissing, startRedis, type RedisServer } from '../support/redis.ts';
import { startSluice, type Sluice } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';

const skip = await redisMissing();
const NAMES = Array.from({ length: 5 }, (_, i) => `app-${i}.example.test`);
const NEW = 'new.example.test';
const HELD = 'Redis has lost many routes at once: they stay in use until that is accepted';
const OVER = 'no routes are held any more: Redis is followed again';

test(
  'a Redis that restarts empty takes no route away until that is accepted',
  { skip },
  async () => {
    await using one = await startNamedBackend('one');
    await using redis = await startRedis();
    await fill(redis, one.address);
    await using sluice = await startSluice({ redis: redis.url, args: ['--redis-prefix=edge:'] });
    await redis.kill();
    await redis.start();
    const line = await sluice.waitForLog(({ msg }) => msg === HELD);
    assert.deepEqual([line.level, line['lost'], line['routes']], ['error', 5, 5]);
    const cli = `redis-cli -h 127.0.0.1 -p ${redis.port}`;
    assert.equal(line['accept'], `${cli} SET edge:hostnames:accept-loss yes EX 60`);
    assert.equal(await askTls(sluice.address(), NAMES[0]!), 'one');
    assert.equal(sumOf(await sluice.metrics(), 'sluice_route_loss_held'), 5);
    const { status, body } = await sluice.admin('/readyz');
    assert.equal(status, 200);
    assert.match(body, /5 routes that redis:\S+ has lost are held/);

    // What is changed meanwhile is in force.
    await redis.cli('SADD', `edge:hostnames:${NEW}:backends`, one.address);
    await eventually(async () => (await askTls(sluice.address(), NEW)) === 'one');
    assert.equal(await askTls(sluice.address(), NAMES[1]!), 'one');

    await redis.cli('SET', 'edge:hostnames:accept-loss', 'yes', 'EX', '60');
    await sluice.waitForLog(({ msg }) => msg === OVER);
    await areGone(sluice);
    assert.equal(await askTls(sluice.address(), NEW), 'one');
    assert.equal(sumOf(await sluice.metrics(), 'sluice_route_loss_held'), 0);
  },
);

test('a loss that persists is believed in the end', { skip }, async () => {
  await using one = await startNamedBackend('one');
  await using redis = await startRedis();
  await fill(redis, one.address);
  const args = ['--redis-prefix=edge:', '--hold-loss-for=1s'];
  await using sluice = await startSluice({ redis: redis.url, args });
  await redis.cli('FLUSHALL');
  await sluice.waitForLog(({ msg }) => msg === HELD);
  await sluice.waitForLog(({ msg }) => msg === OVER);
  await areGone(sluice);
});

test('routes that come back are held no more', { skip }, async () => {
  await using one = await startNamedBackend('one');
  await using redis = await startRedis();
  await fill(redis, one.address);
  await redis.save();
  await using sluice = await startSluice({ redis: redis.url, args: ['--redis-prefix=edge:'] });
  await redis.cli('FLUSHALL');
  await sluice.waitForLog(({ msg }) => msg === HELD);
  await redis.kill();
  await redis.start();
  await sluice.waitForLog(({ msg }) => msg === OVER);
  for (const name of NAMES) assert.equal(await askTls(sluice.address(), name), 'one');
  assert.equal(sumOf(await sluice.metrics(), 'sluice_route_loss_held'), 0);
});

test('routes that are deleted one by one are gone at once', { skip }, async () => {
  await using one = await startNamedBackend('one');
  await using redis = await startRedis();
  await fill(redis, one.address);
  await using sluice = await startSluice({ redis: redis.url, args: ['--redis-prefix=edge:'] });
  await redis.cli('DEL', ...NAMES.map((name) => `edge:hostnames:${name}:backends`));
  await areGone(sluice);
  assert.equal(
    sluice.log().some(({ msg }) => msg === HELD),
    false,
  );
});

test('with --hold-loss off Redis is believed at once', { skip }, async () => {
  await using one = await startNamedBackend('one');
  await using redis = await startRedis();
  await fill(redis, one.address);
  const args = ['--redis-prefix=edge:', '--hold-loss=off'];
  await using sluice = await startSluice({ redis: redis.url, args });
  await redis.cli('FLUSHALL');
  await areGone(sluice);
  assert.equal(
    sluice.log().some(({ msg }) => msg === HELD),
    false,
  );
});

test(
  'an edge that restarts with a Redis that is empty keeps the routes of its snapshot',
  { skip },
  async () => {
    await using one = await startNamedBackend('one');
    await using folder = await makeFolder();
    await using redis = await startRedis();
    await fill(redis, one.address);
    const args = ['--redis-prefix=edge:', `--snapshot=${folder.file('routes.snapshot')}`];
    {
      await using sluice = await startSluice({ redis: redis.url, args });
      await sluice.stop();
    }
    await redis.cli('FLUSHALL');
    await using sluice = await startSluice({ redis: redis.url, args });
    await sluice.waitForLog(({ msg }) => msg === HELD);
    for (const name of NAMES) assert.equal(await askTls(sluice.address(), name), 'one');
    assert.match((await sluice.admin('/readyz')).body, /routes are from the snapshot .*5 routes/s);
    await redis.cli('SET', 'edge:hostnames:accept-loss', 'yes', 'EX', '60');
    await areGone(sluice);
    await sluice.waitForMetric('sluice_route_source_from_snapshot', {}, 0);
  },
);

async function fill(redis: RedisServer, backend: string): Promise<void> {
  for (const name of NAMES) await redis.cli('SADD', `edge:hostnames:${name}:backends`, backend);
}

async function areGone(sluice: Sluice): Promise<void> {
  for (const name of NAMES) {
    await eventually(async () => (await askTls(sluice.address(), name)) === 'alert 112');
  }
}
