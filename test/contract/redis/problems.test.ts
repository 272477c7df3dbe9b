import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startRedis, type RedisServer } from '../../support/redis.ts';
import { eventually } from '../../support/wait.ts';
import { BACKENDS, skip } from '../redis-world.ts';
import { followFlags } from './place-world.ts';

const options = { skip, timeout: 30_000 };
/** An address of this machine that Redis does not take for its own. */
const OUTSIDE = Object.values(networkInterfaces())
  .flatMap((all) => all ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

test('a Redis that loads its data says so, and is read when it has', options, async () => {
  await using redis = await startRedis(
    '--key-load-delay',
    '300',
    '--loading-process-events-interval-bytes',
    '1024',
  );
  await redis.cli('SADD', BACKENDS, '10.0.0.1');
  const names = "for i = 1, 6000 do redis.call('SET', 'filler' .. i, string.rep('x', 500)) end";
  await redis.cli('EVAL', names, '0');
  await redis.save();
  await using world = await followFlags({ redis: redis.url });
  await world.log.untilLine('routes read');
  await redis.kill();
  // Not until it accepts: it accepts while it loads, and prints that it is ready when it has.
  const started = redis.start();
  assert.match(await world.log.untilLine('LOADING'), /it is still loading its data \(LOADING\)/);
  assert.equal(world.sink.routes.size, 1);
  await started;
  await world.log.untilLine('Redis is back');
  assert.ok(world.log.lines.length <= 5, world.log.lines.join('\n'));
});

test('a Redis whose disk is full is read as ever', options, async () => {
  await using redis = await startRedis();
  await redis.cli('SADD', BACKENDS, '10.0.0.1');
  await using world = await followFlags({ redis: redis.url });
  await world.sink.untilRoute('app.example.com', '10.0.0.1');
  await failToSave(redis);
  await assert.rejects(redis.cli('SADD', BACKENDS, '10.0.0.2'), /MISCONF/);
  await assert.rejects(redis.cli('PING'), /MISCONF/);
  // Long enough for three heartbeats to be answered with it.
  const asked = async () =>
    Number(
      /cmdstat_ping:.*rejected_calls=(\d+)/.exec(await redis.cli('INFO', 'commandstats'))?.[1],
    );
  const before = await asked();
  await eventually(async () => (await asked()) >= before + 4);
  await using later = await followFlags({ redis: redis.url });
  await later.sink.untilRoute('app.example.com', '10.0.0.1');
  assert.equal(world.source.status.problem, null);
  assert.equal(world.log.lines.length, 1, world.log.lines.join('\n'));
});

test(
  'a replica that has lost its master and serves no old data says so, and takes no route away',
  options,
  async () => {
    await using master = await startRedis('--repl-diskless-sync-delay', '0');
    await master.cli('SADD', BACKENDS, '10.0.0.1');
    const args = [
      '--replicaof',
      '127.0.0.1',
      String(master.port),
      '--replica-serve-stale-data',
      'no',
    ];
    await using replica = await startRedis(...args);
    await using world = await followFlags({ redis: replica.url });
    await world.sink.untilRoute('app.example.com', '10.0.0.1');
    await master.kill();
    const words = /a replica that has lost its master, and does not serve old data \(MASTERDOWN\)/;
    assert.match(await world.log.untilLine('MASTERDOWN'), words);
    assert.equal(world.sink.routes.size, 1);
    await replica.cli('REPLICAOF', 'NO', 'ONE');
    await world.log.untilLine('Redis is back');
  },
);

test('a Redis that has as many clients as it may have says so', options, async () => {
  await using redis = await startRedis('--maxclients', '1');
  await using world = await followFlags({ redis: redis.url });
  assert.match(
    await world.log.untilLine('not available'),
    /as many clients as its maxclients allows/,
  );
  await eventually(() => redis.cli('CONFIG', 'SET', 'maxclients', '100'));
  await world.log.untilLine('Redis is back');
});

test(
  'a Redis in protected mode says so',
  { ...options, skip: skip || (OUTSIDE === undefined && 'this machine has only loopback') },
  async () => {
    await using redis = await startRedis('--bind', '* -::*', '--protected-mode', 'yes');
    await using world = await followFlags({ redis: `redis://${OUTSIDE}:${redis.port}` });
    const words = /it is in protected mode, and takes clients of its own machine only \(DENIED\)/;
    assert.match(await world.log.untilLine('not available'), words);
  },
);

test(
  'a node of a cluster that is down, or of one that has the keys elsewhere, says so',
  options,
  async () => {
    await using redis = await startRedis('--cluster-enabled', 'yes');
    await redis.cli('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await eventually(() => redis.cli('SADD', BACKENDS, '10.0.0.1'));
    await redis.cli('CLUSTER', 'DELSLOTSRANGE', '0', '10');
    await eventually(async () =>
      (await redis.cli('CLUSTER', 'INFO')).includes('cluster_state:fail'),
    );
    await using world = await followFlags({ redis: redis.url });
    assert.match(await world.log.untilLine('not available'), /its cluster is down \(CLUSTERDOWN\)/);
  },
);

test('what is no Redis is told apart from one', options, async () => {
  await using web = createServer((socket) => {
    socket.on('error', () => {}).resume();
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  }).listen(0, '127.0.0.1');
  await once(web, 'listening');
  const { port } = web.address() as AddressInfo;
  await using world = await followFlags({ redis: `redis://127.0.0.1:${port}` });
  assert.match(await world.log.untilLine('not available'), /what answers there is not Redis/);
  await using secure = await followFlags({ redis: `rediss://127.0.0.1:${port}` });
  assert.match(await secure.log.untilLine('not available'), /it does not speak TLS there/);
});

// Snapshots fail as they do on a full disk: where the file should be, there is no room for it.
async function failToSave(redis: RedisServer): Promise<void> {
  await mkdir(join(redis.directory, 'dump.rdb', 'taken'), { recursive: true });
  await redis.cli('CONFIG', 'SET', 'save', '3600 1');
  await redis.cli('BGSAVE');
  await eventually(async () =>
    (await redis.cli('INFO', 'persistence')).includes('rdb_last_bgsave_status:err'),
  );
}
