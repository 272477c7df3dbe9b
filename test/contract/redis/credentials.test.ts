import assert from 'node:assert/strict';
import { rename, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { makeFolder } from '../../support/folder.ts';
import { startRedis } from '../../support/redis.ts';
import { BACKENDS, skip } from '../redis-world.ts';
import { followFlags } from './place-world.ts';

const options = { skip, timeout: 30_000 };
const USER = ['resetkeys', 'resetchannels', '~*', '&*', '+@all'];

test(
  'a password from a file is used on a unix socket, and a new one is read there',
  options,
  async () => {
    await using folder = await makeFolder();
    const file = folder.file('password');
    await writeFile(file, 's3cret one\n');
    await using redis = await startRedis('--requirepass', 's3cret one');
    const root = ['-a', 's3cret one', '--no-auth-warning'];
    await redis.cli(...root, 'SADD', BACKENDS, '10.0.0.1');
    await using world = await followFlags({
      redis: `unix:${redis.socket}`,
      'redis-password-file': file,
    });
    await world.sink.untilRoute('app.example.com', '10.0.0.1');
    await redis.cli(...root, 'ACL', 'SETUSER', 'default', 'resetpass', '>s3cret-two');
    const rotated = ['-a', 's3cret-two', '--no-auth-warning'];
    await redis.cli(...rotated, 'CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await redis.cli(...rotated, 'CLIENT', 'KILL', 'TYPE', 'pubsub');
    assert.match(await world.log.untilLine('WRONGPASS'), /wrong user or password/);
    // As a rotated secret comes: another file under the same name.
    await writeFile(`${file}.new`, 's3cret-two');
    await rename(`${file}.new`, file);
    await world.log.untilLine('Redis is back');
    await redis.cli(...rotated, 'SADD', BACKENDS, '10.0.0.2');
    await world.sink.untilRoute('app.example.com', '10.0.0.1', '10.0.0.2');
    const told = JSON.stringify([world.log.lines, world.source.status]);
    assert.doesNotMatch(told, /s3cret/);
  },
);

test('a user and the database may stand beside the URL', options, async () => {
  await using folder = await makeFolder();
  await writeFile(folder.file('password'), 's3cret\r\n');
  await using redis = await startRedis();
  await redis.cli('ACL', 'SETUSER', 'edge', 'on', '>s3cret', ...USER);
  await redis.cli('-n', '7', 'SADD', BACKENDS, '10.0.0.7');
  await using world = await followFlags({
    redis: redis.url,
    'redis-user': 'edge',
    'redis-password-file': folder.file('password'),
    'redis-database': '7',
  });
  await world.sink.untilRoute('app.example.com', '10.0.0.7');
  assert.match(await redis.cli('CLIENT', 'LIST'), /user=edge/);
});

test('a Redis that wants a password, or has no such database, says so', options, async () => {
  await using redis = await startRedis('--requirepass', 's3cret', '--databases', '4');
  await using bare = await followFlags({ redis: redis.url });
  assert.match(await bare.log.untilLine('not available'), /it wants a password \(NOAUTH\)/);
  await using far = await followFlags({ redis: `redis://:s3cret@127.0.0.1:${redis.port}/9` });
  assert.match(await far.log.untilLine('not available'), /no database of this number/);
});

test(
  'the same key in another database does no more than have ours read again',
  options,
  async () => {
    await using redis = await startRedis();
    await redis.cli('-n', '3', 'SADD', BACKENDS, '10.0.0.3');
    await using world = await followFlags({ redis: `${redis.url}/3` });
    await world.sink.untilRoute('app.example.com', '10.0.0.3');
    await redis.cli('-n', '5', 'SADD', BACKENDS, '10.0.0.5');
    await redis.cli('-n', '5', 'DEL', BACKENDS);
    await redis.cli('-n', '3', 'SADD', 'hostnames:last.example.com:backends', '10.0.0.4');
    await world.sink.untilRoute('last.example.com', '10.0.0.4');
    assert.deepEqual(world.sink.calls, ['replace', 'change last.example.com']);
    assert.ok(world.source.status.counters.invalidations >= 3);
  },
);

test(
  'a password file that is gone is what the problem says, without a flood',
  options,
  async () => {
    await using folder = await makeFolder();
    const file = folder.file('password');
    await writeFile(file, 's3cret');
    await using redis = await startRedis('--requirepass', 's3cret');
    await using world = await followFlags({ redis: redis.url, 'redis-password-file': file });
    await world.log.untilLine('routes read');
    await rename(file, `${file}.away`);
    await redis.cli('-a', 's3cret', '--no-auth-warning', 'CLIENT', 'KILL', 'TYPE', 'pubsub');
    assert.match(await world.log.untilLine('does not exist'), /password does not exist/);
    await rename(`${file}.away`, file);
    await world.log.untilLine('Redis is back');
    assert.ok(world.log.lines.length <= 4, world.log.lines.join('\n'));
  },
);
