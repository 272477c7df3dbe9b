import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { follow, skip, type Following } from './redis-world.ts';

/** A Redis with this in it and one good route beside it, read once. */
function beside(
  title: string,
  write: (redis: RedisServer) => Promise<unknown>,
  body: (world: Following) => Promise<void> | void,
): void {
  test(title, { skip, timeout: 30_000 }, async () => {
    await using redis = await startRedis();
    await redis.cli('SADD', 'hostnames:good.example.com:backends', '10.0.0.1');
    await write(redis);
    await using world = follow(redis);
    await world.sink.untilRoute('good.example.com', '10.0.0.1');
    await body(world);
    assert.equal(world.source.status.problem, null);
    assert.deepEqual(
      world.log.lines.filter((line) => !line.startsWith('info')),
      [],
    );
    await redis.cli('SADD', 'hostnames:good.example.com:backends', '10.0.0.2');
    await world.sink.untilRoute('good.example.com', '10.0.0.1', '10.0.0.2');
  });
}

/** Fill a set by a script, which needs no long command line. */
const filled = (count: number, key: string, members: string) => (redis: RedisServer) =>
  redis.cli('EVAL', `for i = 1, ${count} do redis.call('SADD', KEYS[1], ${members}) end`, '1', key);

beside(
  'of 10,000 backends 256 are used',
  filled(
    10_000,
    'hostnames:many.example.com:backends',
    "'10.1.' .. math.floor(i / 250) .. '.' .. i % 250",
  ),
  ({ sink }) => {
    assert.equal(sink.backends('many.example.com').length, 256);
    assert.match(sink.problems.get('many.example.com')!, /more than 256 backends/);
  },
);

beside(
  'of a set of 10 MB only the start is read',
  filled(100, 'hostnames:large.example.com:backends', "string.rep('x', 100000) .. i"),
  ({ sink, source }) => {
    assert.equal(sink.routes.has('large.example.com'), false);
    assert.match(sink.problems.get('large.example.com')!, /over 1 MiB: not all of it is read/);
    assert.match(sink.problems.get('large.example.com')!, /a backend of over 512 bytes/);
    assert.equal(source.status.badKeys, 1);
  },
);

beside(
  'a member of 1 MB is left out, and its fellows stay',
  async (redis) => {
    await filled(1, 'hostnames:long.example.com:backends', "string.rep('x', 1000000)")(redis);
    await redis.cli('SADD', 'hostnames:long.example.com:backends', '10.0.0.3');
  },
  ({ sink }) => {
    assert.deepEqual(sink.backends('long.example.com'), ['10.0.0.3']);
    assert.match(sink.problems.get('long.example.com')!, /a backend of over 512 bytes/);
  },
);

beside(
  'of an options hash with 100,000 fields 32 are used',
  (redis) =>
    redis.cli(
      'EVAL',
      "for i = 1, 100000 do redis.call('HSET', KEYS[1], 'f' .. i, 'x') end redis.call('HSET', KEYS[1], 'g', string.rep('y', 1000000))",
      '1',
      'hostnames:good.example.com:options',
    ),
  ({ sink }) => {
    assert.equal(Object.keys(sink.routes.get('good.example.com')!.options).length, 32);
    assert.match(sink.problems.get('good.example.com')!, /more than 32 options/);
  },
);

beside(
  'a wrong type under any of the keys is reported, and takes that part alone',
  async (redis) => {
    await redis.cli('SET', 'hostnames:good.example.com:draining', 'x');
    await redis.cli('LPUSH', 'hostnames:good.example.com:acme', 'x');
    await redis.cli('SADD', 'hostnames:good.example.com:options', 'x');
    await redis.cli('HSET', 'hostnames:wrong.example.com:backends', 'x', 'y');
  },
  ({ sink }) => {
    assert.deepEqual([...sink.routes.keys()], ['good.example.com']);
    assert.equal(sink.problems.get('wrong.example.com'), 'is not a set');
    const reasons = sink.problems.get('good.example.com')!.split('; ').toSorted();
    assert.deepEqual(reasons, [
      'has acme that is not a set',
      'has draining that is not a set',
      'has options that are not a hash',
    ]);
  },
);

beside(
  'names of 300 bytes and of 1 MB, members with control characters and bytes that are no text',
  async (redis) => {
    await redis.cli('SADD', `hostnames:${'a.'.repeat(150)}b:backends`, '10.0.0.1');
    await redis.cli(
      'EVAL',
      "redis.call('SADD', 'hostnames:' .. string.rep('a', 1000000) .. ':options', 'x')",
      '0',
    );
    await redis.cli('EVAL', "redis.call('SADD', 'hostnames:\\255\\254:backends', 'x')", '0');
    await redis.cli(
      'EVAL',
      "redis.call('SADD', 'hostnames:odd.example.com:backends', '\\27[2J', '\\255\\0')",
      '0',
    );
  },
  ({ sink, source }) => {
    assert.equal(source.status.badKeys, 3);
    assert.ok([...sink.problems.keys()].every((key) => key.length <= 301));
    assert.equal(sink.backends('odd.example.com').length, 2, 'the guard of members is elsewhere');
  },
);
