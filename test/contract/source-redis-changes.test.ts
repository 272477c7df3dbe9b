import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { BACKENDS, follow, following, skip, type Following } from './redis-world.ts';

const APP = 'app.example.com';
const DRAINING = `hostnames:${APP}:draining`;
const ACME = `hostnames:${APP}:acme`;
const OPTIONS = `hostnames:${APP}:options`;
const ONE = ['10.0.0.1'];

following('a SMOVE to the draining set and back moves a backend', async ({ redis, sink }) => {
  await redis.cli('SADD', BACKENDS, '10.0.0.2');
  await redis.cli('SMOVE', BACKENDS, DRAINING, '10.0.0.1');
  await sink.untilRecord(APP, { backends: ['10.0.0.2'], draining: ONE });
  await redis.cli('SMOVE', DRAINING, BACKENDS, '10.0.0.1');
  await sink.untilRecord(APP, { backends: ['10.0.0.1', '10.0.0.2'] });
});

following(
  'a route drained to its last backend is still a route',
  async ({ redis, sink, source }) => {
    await redis.cli('SMOVE', BACKENDS, DRAINING, '10.0.0.1');
    await sink.untilRecord(APP, { draining: ONE });
    assert.equal(source.status.routes, 1);
    assert.ok(sink.routes.has(APP));
  },
);

following('HSET, HDEL and DEL of options each arrive', async ({ redis, sink }) => {
  await redis.cli('HSET', OPTIONS, 'proxy', 'v2', 'balance', 'random');
  await sink.untilRecord(APP, { backends: ONE, options: { balance: 'random', proxy: 'v2' } });
  await redis.cli('HSET', OPTIONS, 'proxy', 'v1');
  await sink.untilRecord(APP, { backends: ONE, options: { balance: 'random', proxy: 'v1' } });
  await redis.cli('HDEL', OPTIONS, 'balance');
  await sink.untilRecord(APP, { backends: ONE, options: { proxy: 'v1' } });
  await redis.cli('DEL', OPTIONS);
  await sink.untilRecord(APP, { backends: ONE });
});

following(
  'an option named like a property of every object is an option',
  async ({ redis, sink }) => {
    await redis.cli('HSET', OPTIONS, '__proto__', 'x', 'constructor', 'y');
    await sink.until(({ routes }) => Object.hasOwn(routes.get(APP)!.options, '__proto__'));
    assert.deepEqual(Object.entries(sink.routes.get(APP)!.options), [
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
  },
);

following('backends for ACME come and go', async ({ redis, sink }) => {
  await redis.cli('SADD', ACME, '10.0.0.9');
  await sink.untilRecord(APP, { backends: ONE, acme: ['10.0.0.9'] });
  await redis.cli('UNLINK', ACME);
  await sink.untilRecord(APP, { backends: ONE });
});

following(
  'a change of one part reads the parts of that route alone',
  async ({ redis, sink, source }) => {
    await redis.cli('SADD', DRAINING, '10.0.0.2');
    await sink.untilRecord(APP, { backends: ONE, draining: ['10.0.0.2'] });
    await redis.cli('CONFIG', 'RESETSTAT');
    await redis.cli('SADD', DRAINING, '10.0.0.3');
    await sink.untilRecord(APP, { backends: ONE, draining: ['10.0.0.2', '10.0.0.3'] });
    const stats = await redis.cli('INFO', 'commandstats');
    const calls = ['sscan', 'hscan'].map((name) => /calls=(\d+)/.exec(stats.split(name)[1]!)?.[1]);
    assert.deepEqual(calls, ['3', '1']);
    assert.equal(source.status.counters.invalidations, 2);
  },
);

/** A way in which a key comes to be gone, and how it comes back. */
const WAYS: readonly (readonly [
  title: string,
  change: (redis: RedisServer) => Promise<unknown>,
])[] = [
  ['SREM of the last member', (redis) => redis.cli('SREM', BACKENDS, '10.0.0.1')],
  ['SPOP', (redis) => redis.cli('SPOP', BACKENDS)],
  ['DEL', (redis) => redis.cli('DEL', BACKENDS)],
  ['UNLINK', (redis) => redis.cli('UNLINK', BACKENDS)],
  ['RENAME', (redis) => redis.cli('RENAME', BACKENDS, 'elsewhere')],
  ['MOVE', (redis) => redis.cli('MOVE', BACKENDS, '1')],
  ['SMOVE', (redis) => redis.cli('SMOVE', BACKENDS, 'elsewhere', '10.0.0.1')],
  ['SDIFFSTORE of nothing', (redis) => redis.cli('SDIFFSTORE', BACKENDS, 'nothing')],
  ['EXPIRE in the past', (redis) => redis.cli('EXPIRE', BACKENDS, '-1')],
  ['PEXPIRE', (redis) => redis.cli('PEXPIRE', BACKENDS, '30')],
  ['PEXPIREAT', (redis) => redis.cli('PEXPIREAT', BACKENDS, String(Date.now() + 30))],
  ['RENAME of another over it', (redis) => renameOver(redis)],
  ['MULTI', (redis) => redis.multi(['SADD', BACKENDS, '10.0.0.2'], ['DEL', BACKENDS])],
  ['EVAL', (redis) => redis.cli('EVAL', "redis.call('DEL', KEYS[1])", '1', BACKENDS)],
  ['FLUSHDB', (redis) => redis.cli('FLUSHDB')],
  ['FLUSHALL ASYNC', (redis) => redis.cli('FLUSHALL', 'ASYNC')],
  ['SET, which changes its type', (redis) => redis.cli('SET', BACKENDS, '10.0.0.1')],
];

for (const [title, change] of WAYS) {
  following(`a route that goes by ${title} is gone, and RESTORE brings it back`, async (world) => {
    const { redis, sink } = world;
    const dump = await dumpOf(redis, BACKENDS);
    await change(redis);
    await sink.until(({ routes }) => !routes.has(APP));
    await restore(redis, BACKENDS, dump);
    await sink.untilRoute(APP, '10.0.0.1');
  });
}

following('a COPY over a key, SUNIONSTORE and SORT STORE each arrive', async ({ redis, sink }) => {
  await redis.cli('SADD', 'new', '10.0.0.5');
  await redis.cli('COPY', 'new', BACKENDS, 'REPLACE');
  await sink.untilRoute(APP, '10.0.0.5');
  await redis.cli('SADD', 'other', '10.0.0.6');
  await redis.cli('SUNIONSTORE', BACKENDS, 'new', 'other');
  await sink.untilRoute(APP, '10.0.0.5', '10.0.0.6');
  await redis.cli('SORT', 'new', 'ALPHA', 'STORE', BACKENDS);
  await sink.until(({ problems }) => problems.get(APP) === 'is not a set');
});

following('a key that may live on after all is not taken away', async ({ redis, sink, source }) => {
  await redis.cli('PEXPIRE', BACKENDS, '400');
  await redis.cli('PERSIST', BACKENDS);
  await redis.cli('SADD', 'hostnames:www.example.com:backends', '10.0.0.2');
  await redis.cli('PEXPIRE', 'hostnames:www.example.com:backends', '600');
  await sink.untilRoute('www.example.com', '10.0.0.2');
  await sink.until(({ routes }) => !routes.has('www.example.com'));
  assert.deepEqual(sink.backends(APP), ONE);
  assert.equal(source.status.badKeys, 0);
});

test(
  'a key that expires while Redis does not look is gone all the same',
  { skip, timeout: 20_000 },
  async () => {
    await using redis = await startRedis('--enable-debug-command', 'local');
    // As in a database with very many keys that expire: Redis comes by whenever it does.
    await redis.cli('DEBUG', 'SET-ACTIVE-EXPIRE', '0');
    await redis.cli('SADD', BACKENDS, '10.0.0.1');
    await redis.cli('HSET', OPTIONS, 'balance', 'random');
    await redis.cli('PEXPIRE', OPTIONS, '700');
    await using world = follow(redis);
    await world.sink.untilRecord(APP, { backends: ONE, options: { balance: 'random' } });
    await world.sink.untilRecord(APP, { backends: ONE });
    await redis.cli('PEXPIRE', BACKENDS, '50');
    await untilGone(world);
  },
);

async function untilGone({ sink }: Following): Promise<void> {
  await sink.until(({ routes }) => !routes.has(APP));
}

async function renameOver(redis: RedisServer): Promise<void> {
  await redis.cli('SET', 'other', 'not a set');
  await redis.cli('RENAME', 'other', BACKENDS);
}

// redis-cli prints what DUMP answers as text, so it goes by way of Lua, in hexadecimal.
function dumpOf(redis: RedisServer, key: string): Promise<string> {
  const script = `return (redis.call('DUMP', KEYS[1]):gsub('.', function (c) return string.format('%02x', string.byte(c)) end))`;
  return redis.cli('EVAL', script, '1', key);
}

async function restore(redis: RedisServer, key: string, dump: string): Promise<void> {
  const script = `redis.call('RESTORE', KEYS[1], 0, (ARGV[1]:gsub('..', function (h) return string.char(tonumber(h, 16)) end)), 'REPLACE')`;
  await redis.cli('EVAL', script, '1', key, dump);
}
