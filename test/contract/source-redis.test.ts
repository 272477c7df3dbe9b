import assert from 'node:assert/strict';
import { RedisSource } from '../../src/control/sources/redis.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { BACKENDS, following, NEVER, skip } from './redis-world.ts';
import { RecordingLog, sourceContract, type SourceWorld } from './source.ts';

sourceContract('Redis on a port', () => openRedis((redis) => redis.url), skip);
sourceContract('Redis on a unix socket', () => openRedis((redis) => redis.socket), skip);

following('a SADD and a SREM by redis-cli each arrive', async ({ redis, sink }) => {
  await redis.cli('SADD', BACKENDS, '10.0.0.2');
  await sink.untilRoute('app.example.com', '10.0.0.1', '10.0.0.2');
  await redis.cli('SREM', BACKENDS, '10.0.0.1');
  await sink.untilRoute('app.example.com', '10.0.0.2');
});

following('a DEL arrives', async ({ redis, sink }) => {
  await redis.cli('DEL', BACKENDS);
  await sink.untilRoute('app.example.com');
});

following('a RENAME takes one route away and brings the other', async ({ redis, sink }) => {
  await redis.cli('RENAME', BACKENDS, 'hostnames:www.example.com:backends');
  await sink.untilRoute('app.example.com');
  await sink.untilRoute('www.example.com', '10.0.0.1');
});

following('a set that expires is gone', async ({ redis, sink }) => {
  await redis.cli('PEXPIRE', BACKENDS, '50');
  await sink.untilRoute('app.example.com');
});

following('a MULTI over two routes arrives as a whole', async ({ redis, sink, source }) => {
  const other = 'hostnames:www.example.com:backends';
  await redis.multi(['SMOVE', BACKENDS, other, '10.0.0.1'], ['SADD', BACKENDS, '10.0.0.2']);
  await sink.untilRoute('www.example.com', '10.0.0.1');
  await sink.untilRoute('app.example.com', '10.0.0.2');
  assert.equal(source.status.counters.invalidations, 2);
});

following('a FLUSHALL takes every route', async ({ redis, sink, source }) => {
  await redis.cli('FLUSHALL');
  await sink.until(({ routes }) => routes.size === 0);
  await redis.cli('SADD', BACKENDS, '10.0.0.5');
  await sink.untilRoute('app.example.com', '10.0.0.5');
  assert.equal(source.status.counters.syncs.flush.ok, 1);
});

following('many changes in one script arrive, each route once', async ({ redis, sink, source }) => {
  const script =
    "for i = 1, 3000 do redis.call('SADD', 'hostnames:h' .. i .. '.example.com:backends', '10.0.0.1') end";
  await redis.cli('EVAL', script, '0');
  await sink.until(({ routes }) => routes.size === 3001);
  assert.equal(sink.calls.length, 3001);
  assert.equal(source.status.counters.invalidations, 3000);
});

following('keys that are no part of a route do not matter', async ({ redis, sink, source }) => {
  await redis.cli('ZADD', 'hostnames:app.example.com:ejected', '1', '10.0.0.1');
  await redis.cli('SET', 'hostnames:app.example.com:note', 'x');
  await redis.cli('SET', 'elsewhere', '1');
  await redis.cli('SADD', BACKENDS, '10.0.0.2');
  await sink.untilRoute('app.example.com', '10.0.0.1', '10.0.0.2');
  assert.deepEqual(sink.calls, ['replace', 'change app.example.com']);
  assert.equal(source.status.counters.invalidations, 1);
});

following('a key of another type is reported, and taken once it is a set', async (world) => {
  const { redis, sink, source } = world;
  await redis.cli('SET', 'hostnames:wrong.example.com:backends', '10.0.0.1');
  await sink.until(({ problems }) => problems.has('wrong.example.com'));
  assert.equal(sink.problems.get('wrong.example.com'), 'is not a set');
  await redis.cli('DEL', 'hostnames:wrong.example.com:backends');
  await redis.cli('SADD', 'hostnames:wrong.example.com:backends', '10.0.0.2');
  await sink.untilRoute('wrong.example.com', '10.0.0.2');
  assert.equal(source.status.badKeys, 0);
});

async function openRedis(urlOf: (redis: RedisServer) => string): Promise<SourceWorld> {
  const redis = await startRedis();
  const log = new RecordingLog();
  const address = { url: urlOf(redis), shown: urlOf(redis) };
  const source = new RedisSource({ address, prefix: '', log, reconcileMs: NEVER });
  const commands = (key: string, members: readonly string[]) =>
    replacing(`hostnames:${key}:backends`, ['SADD'], members);
  const run = async (all: readonly (readonly string[])[]) => {
    for (const command of all) await redis.cli(...command);
  };
  return {
    source,
    log,
    lostLine: 'not available',
    write: (key, ...members) => run(commands(key, members)),
    writePart(key, part, value) {
      const name = `hostnames:${key}:${part}`;
      if (part === 'options') return run(replacing(name, ['HSET'], Object.entries(value).flat()));
      return run(replacing(name, ['SADD'], value as readonly string[]));
    },
    async lose() {
      await redis.save();
      await redis.kill();
    },
    async restore(key, ...members) {
      await redis.editStopped(...commands(key, members));
      await redis.start();
    },
    async [Symbol.asyncDispose]() {
      await source.close();
      await redis[Symbol.asyncDispose]();
    },
  };
}

/** Commands that make a key hold exactly this. In one step, or two changes would be seen where one was meant. */
function replacing(
  name: string,
  add: readonly string[],
  values: readonly string[],
): (readonly string[])[] {
  if (values.length === 0) return [['DEL', name]];
  return [
    [...add, `new:${name}`, ...values],
    ['RENAME', `new:${name}`, name],
  ];
}
