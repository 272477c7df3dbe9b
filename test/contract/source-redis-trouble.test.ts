import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { BACKENDS, follow, following, skip } from './redis-world.ts';

following('a killed pub/sub connection is armed again', async ({ redis, sink, log, source }) => {
  await redis.cli('CLIENT', 'KILL', 'TYPE', 'pubsub');
  await log.untilLine('Redis is back');
  await redis.cli('SADD', BACKENDS, '10.0.0.2');
  await sink.untilRoute('app.example.com', '10.0.0.1', '10.0.0.2');
  assert.equal(source.status.counters.reconnects, 1);
  assert.equal(log.lines.length, 3, log.lines.join('\n'));
});

following('a Redis that froze is noticed by its silence', async ({ redis, sink, log, source }) => {
  redis.freeze();
  assert.match(await log.untilLine('not available'), /no answer to PING/);
  assert.equal(source.status.connected, false);
  redis.thaw();
  await log.untilLine('Redis is back');
  await redis.cli('SADD', BACKENDS, '10.0.0.2');
  await sink.untilRoute('app.example.com', '10.0.0.1', '10.0.0.2');
});

following('an outage is logged once, however often it is tried', async ({ redis, log, source }) => {
  await redis.save();
  await redis.kill();
  await log.untilLine('not available');
  // Several tries later the port is that of a Redis again.
  const before = log.lines.length;
  await redis.start();
  await log.untilLine('Redis is back');
  assert.ok(log.lines.length - before <= 2, log.lines.join('\n'));
  assert.equal(source.status.problem, null);
});

test('a Redis that is absent at the start is used as soon as it is there', { skip }, async () => {
  await using redis = await startRedis();
  await redis.cli('SADD', BACKENDS, '10.0.0.1');
  await redis.save();
  await redis.kill();
  await using world = follow(redis);
  await world.log.untilLine('connection refused');
  assert.match(world.source.status.problem!, /redis:\/\/127\.0\.0\.1:\d+: connection refused/);
  assert.equal(world.source.status.ready, false);
  assert.deepEqual(world.sink.calls, []);
  await redis.start();
  await world.sink.untilRoute('app.example.com', '10.0.0.1');
  assert.equal(world.source.status.connected, true);
});

test('only keys behind the prefix count, and the prefix is no pattern', { skip }, async () => {
  await using redis = await startRedis();
  await redis.cli('SADD', 'edge[1]*:hostnames:app.example.com:backends', '10.0.0.1');
  await redis.cli('SADD', 'edge1x:hostnames:not.example.com:backends', '10.0.0.2');
  await redis.cli('SADD', BACKENDS, '10.0.0.3');
  await using world = follow(redis, { prefix: 'edge[1]*:' });
  await world.sink.untilRoute('app.example.com', '10.0.0.1');
  await redis.cli('SADD', 'edge[1]*:hostnames:new.example.com:backends', '10.0.0.4');
  await world.sink.untilRoute('new.example.com', '10.0.0.4');
  assert.deepEqual([...world.sink.routes.keys()], ['app.example.com', 'new.example.com']);
});

test('another database, a user and a password are used, and never shown', { skip }, async () => {
  await using redis = await startRedis();
  await redis.cli('-n', '3', 'SADD', BACKENDS, '10.0.0.3');
  await allow(redis, '+client|tracking');
  await using world = follow(redis, { url: `redis://edge:s3cr%25t@127.0.0.1:${redis.port}/3` });
  await world.sink.untilRoute('app.example.com', '10.0.0.3');
  assert.equal(world.source.status.problem, null);
  await redis.cli('ACL', 'SETUSER', 'edge', 'resetpass', '>other');
  await redis.cli('CLIENT', 'KILL', 'USER', 'edge');
  assert.match(await world.log.untilLine('WRONGPASS'), /not available/);
  const told = JSON.stringify([world.log.lines, world.source.status]);
  assert.doesNotMatch(told, /s3cr/);
});

test('where tracking is refused, routes are polled, and that is said once', { skip }, async () => {
  await using redis = await startRedis();
  await redis.cli('SADD', BACKENDS, '10.0.0.1');
  await allow(redis, '-client|tracking');
  const url = `redis://edge:s3cr%25t@127.0.0.1:${redis.port}`;
  await using world = follow(redis, { url, pollMs: 20, reconcileMs: 40 });
  const { sink, log, source } = world;
  await sink.untilRoute('app.example.com', '10.0.0.1');
  assert.match(await log.untilLine('does not announce'), /NOPERM/);
  assert.match(source.status.problem!, /NOPERM/);
  assert.equal(source.status.ready, true);
  await redis.cli('SADD', BACKENDS, '10.0.0.2');
  await sink.untilRoute('app.example.com', '10.0.0.1', '10.0.0.2');
  await redis.cli('DEL', BACKENDS);
  await sink.untilRoute('app.example.com');
  assert.equal(log.lines.filter((line) => line.includes('does not announce')).length, 1);
  await redis.cli('ACL', 'SETUSER', 'edge', '+client|tracking');
  await log.untilLine('announces changes again');
  assert.equal(source.status.problem, null);
});

test(
  'where tracking is refused and keyspace notifications are on, those are followed',
  {
    skip,
  },
  async () => {
    await using redis = await startRedis();
    await redis.cli('CONFIG', 'SET', 'notify-keyspace-events', 'KA');
    await redis.cli('-n', '2', 'SADD', BACKENDS, '10.0.0.1');
    await allow(redis, '-client|tracking', '+config|get', '+psubscribe', 'allchannels');
    const url = `redis://edge:s3cr%25t@127.0.0.1:${redis.port}/2`;
    await using world = follow(redis, { url });
    const { sink, log, source } = world;
    await sink.untilRoute('app.example.com', '10.0.0.1');
    assert.match(await log.untilLine('keyspace notifications are followed'), /NOPERM/);
    assert.equal(source.status.tracking, 'keyspace');
    assert.match(source.status.problem!, /keyspace notifications: NOPERM/);
    const at = (...command: readonly string[]) => redis.cli('-n', '2', ...command);
    await at('SADD', BACKENDS, '10.0.0.2');
    await sink.untilRoute('app.example.com', '10.0.0.1', '10.0.0.2');
    await at('SMOVE', BACKENDS, 'hostnames:app.example.com:draining', '10.0.0.2');
    await sink.untilRecord('app.example.com', { backends: ['10.0.0.1'], draining: ['10.0.0.2'] });
    await at('HSET', 'hostnames:app.example.com:options', 'proxy', 'v2');
    await sink.until(({ routes }) => routes.get('app.example.com')?.options['proxy'] === 'v2');
    await at('RENAME', BACKENDS, 'hostnames:www.example.com:backends');
    await sink.untilRoute('www.example.com', '10.0.0.1');
    await sink.untilRoute('app.example.com');
    await at('PEXPIRE', 'hostnames:www.example.com:backends', '20');
    await sink.untilRoute('www.example.com');
    await at('SET', 'hostnames:www.example.com:backends', 'x');
    await sink.until(({ problems }) => problems.has('www.example.com'));
    const { reconcileFixes } = source.status.counters;
    assert.equal(reconcileFixes, 0);
  },
);

test(
  'a Redis that grants tracking after all is tracked from then on',
  { skip, timeout: 20_000 },
  async () => {
    await using redis = await startRedis();
    await redis.cli('CONFIG', 'SET', 'notify-keyspace-events', 'KA');
    await redis.cli('SADD', BACKENDS, '10.0.0.1');
    await allow(redis, '-client|tracking', '+config|get', '+psubscribe', 'allchannels');
    const url = `redis://edge:s3cr%25t@127.0.0.1:${redis.port}`;
    await using world = follow(redis, { url, reconcileMs: 60, pollMs: 30 });
    await world.log.untilLine('keyspace notifications are followed');
    await redis.cli('CONFIG', 'SET', 'notify-keyspace-events', 'Ks');
    assert.match(await world.log.untilLine('does not announce'), /is without g\$hxe/);
    assert.equal(world.source.status.tracking, 'polling');
    await redis.cli('ACL', 'SETUSER', 'edge', '+client|tracking');
    await world.log.untilLine('announces changes again');
    assert.equal(world.source.status.tracking, 'tracking');
    await redis.cli('SADD', BACKENDS, '10.0.0.2');
    await world.sink.untilRoute('app.example.com', '10.0.0.1', '10.0.0.2');
  },
);

test('a Redis that may not be read says so, and is read once it may', { skip }, async () => {
  await using redis = await startRedis();
  await redis.cli('SADD', BACKENDS, '10.0.0.1');
  await allow(redis, '+client|tracking', '-scan');
  const url = `redis://edge:s3cr%25t@127.0.0.1:${redis.port}`;
  await using world = follow(redis, { url });
  assert.match(await world.log.untilLine('NOPERM'), /scan/i);
  assert.equal(world.source.status.ready, false);
  await redis.cli('ACL', 'SETUSER', 'edge', '+scan');
  await world.sink.untilRoute('app.example.com', '10.0.0.1');
  assert.ok(world.source.status.counters.syncs.connect.error > 0);
});

test(
  'an announcement that got lost is found by the periodic look, and counted',
  { skip },
  async () => {
    await using redis = await startRedis();
    await redis.cli('SADD', BACKENDS, '10.0.0.1');
    await using deaf = await dropAnnouncements(redis);
    await using world = follow(redis, { url: deaf.url, reconcileMs: 100 });
    const { sink, source } = world;
    await sink.untilRoute('app.example.com', '10.0.0.1');
    await redis.cli('SADD', BACKENDS, '10.0.0.2');
    await sink.untilRoute('app.example.com', '10.0.0.1', '10.0.0.2');
    await source.close();
    const { invalidations, reconcileFixes } = source.status.counters;
    assert.deepEqual({ invalidations, reconcileFixes }, { invalidations: 0, reconcileFixes: 1 });
  },
);

const ANNOUNCEMENT =
  /\*3\r\n\$7\r\nmessage\r\n\$20\r\n__redis__:invalidate\r\n\*1\r\n\$\d+\r\n[^\r]*\r\n/g;

/** A way to the Redis that passes everything on but what it announces. */
async function dropAnnouncements(redis: RedisServer) {
  const server = createServer((client) => {
    const backend = connect(redis.port, '127.0.0.1');
    client.pipe(backend);
    backend.on('data', (data) => client.write(data.toString('latin1').replace(ANNOUNCEMENT, '')));
    for (const socket of [client, backend]) socket.on('error', () => {});
    client.on('close', () => backend.destroy());
    backend.on('close', () => client.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `redis://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** The least an edge needs: what the README tells an operator to grant. */
async function allow(redis: RedisServer, ...more: readonly string[]): Promise<void> {
  const commands = '+scan +sscan +hscan +ping +select +subscribe +client|id +client|setname';
  const rules = `on >s3cr%t resetkeys resetchannels -@all %R~hostnames:* &__redis__:invalidate ${commands}`;
  await redis.cli('ACL', 'SETUSER', 'edge', ...rules.split(' '), ...more);
}
