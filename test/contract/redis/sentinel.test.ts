import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { makeFolder } from '../../support/folder.ts';
import { startRedis } from '../../support/redis.ts';
import { startWatchedRedis, type WatchedRedis } from '../../support/sentinels.ts';
import { eventually } from '../../support/wait.ts';
import { BACKENDS, skip } from '../redis-world.ts';
import { followFlags } from './place-world.ts';

const options = { skip, timeout: 60_000 };

test('a master that dies is followed to the one that the sentinels choose', options, async (t) => {
  await using redis = await startWatchedRedis();
  await write(redis, '10.0.0.1');
  await using world = await followFlags({ 'redis-sentinel': [...redis.sentinels] });
  await world.sink.untilRoute('app.example.com', '10.0.0.1');
  await redis.master.kill();
  const killed = performance.now();
  await world.log.untilLine('not available');
  assert.deepEqual(world.sink.routes.get('app.example.com')?.backends, ['10.0.0.1']);
  await world.log.untilLine('Redis is back');
  t.diagnostic(`back ${Math.round(performance.now() - killed)} ms after the master was killed`);
  await redis.replica.cli('SADD', BACKENDS, '10.0.0.2');
  await world.sink.untilRoute('app.example.com', '10.0.0.1', '10.0.0.2');
  // The table was never seen smaller, and told in full once.
  assert.deepEqual(world.sink.calls, ['replace', 'change app.example.com']);
  assert.ok(world.log.lines.length <= 8, world.log.lines.join('\n'));
});

test('a master that is demoted while it lives is left at once', options, async () => {
  await using redis = await startWatchedRedis();
  await write(redis, '10.0.0.1');
  await using world = await followFlags({ 'redis-sentinel': [...redis.sentinels] });
  await world.sink.untilRoute('app.example.com', '10.0.0.1');
  // Behind the back of the sentinels: they will put it right, and until then there is no master to trust.
  await redis.master.cli('REPLICAOF', '127.0.0.1', String(redis.replica.port));
  assert.match(await world.log.untilLine('not available'), /not the master/);
  assert.equal(world.sink.routes.size, 1);
  await redis.master.cli('REPLICAOF', 'NO', 'ONE');
  await world.log.untilLine('Redis is back');
});

test(
  'a switch over by hand is followed, and what the new master is told arrives',
  options,
  async () => {
    await using redis = await startWatchedRedis('s3cret');
    await write(redis, '10.0.0.1');
    await using folder = await makeFolder();
    await writeFile(folder.file('password'), 's3cret\n');
    await using world = await followFlags({
      'redis-sentinel': [...redis.sentinels],
      'redis-sentinel-password-file': folder.file('password'),
    });
    await world.sink.untilRoute('app.example.com', '10.0.0.1');
    await redis.failover();
    await eventually(async () => (await redis.replica.cli('ROLE')).startsWith('master'));
    await redis.replica.cli('SADD', BACKENDS, '10.0.0.2');
    await world.sink.untilRoute('app.example.com', '10.0.0.1', '10.0.0.2');
  },
);

test('sentinels that cannot help are told with their reasons', options, async () => {
  await using redis = await startRedis();
  const dead = ['127.0.0.1:1', `127.0.0.1:${redis.port}`];
  await using world = await followFlags({ 'redis-sentinel': dead });
  const line = await world.log.untilLine('no sentinel helps');
  assert.match(line, /127\.0\.0\.1:1: connection refused/);
  assert.match(line, /unknown command/i);
});

test('a replica that is promoted by hand goes on telling of changes', options, async () => {
  await using master = await startRedis('--repl-diskless-sync-delay', '0');
  await master.cli('SADD', BACKENDS, '10.0.0.1');
  await using replica = await startRedis('--replicaof', '127.0.0.1', String(master.port));
  await eventually(async () => (await replica.cli('EXISTS', BACKENDS)) === '1');
  await using world = await followFlags({ redis: replica.url });
  await world.sink.untilRoute('app.example.com', '10.0.0.1');
  await master.cli('SADD', BACKENDS, '10.0.0.2');
  await world.sink.untilRoute('app.example.com', '10.0.0.1', '10.0.0.2');
  await master.kill();
  await replica.cli('REPLICAOF', 'NO', 'ONE');
  await replica.cli('SREM', BACKENDS, '10.0.0.1');
  await world.sink.untilRoute('app.example.com', '10.0.0.2');
  assert.equal(world.source.status.problem, null);
});

async function write({ master, replica }: WatchedRedis, backend: string): Promise<void> {
  await master.cli('SADD', BACKENDS, backend);
  await eventually(async () => (await replica.cli('EXISTS', BACKENDS)) === '1');
}
