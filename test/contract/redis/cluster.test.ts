import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { loadConfig } from '../../../src/config/load.ts';
import { redisPlace } from '../../../src/config/redis/place.ts';
import { ClusterSource } from '../../../src/control/sources/cluster/redis-cluster.ts';
import { makeFolder } from '../../support/folder.ts';
import { startRedisCluster, type RedisCluster } from '../../support/redis-cluster.ts';
import { eventually } from '../../support/wait.ts';
import { NEVER, skip } from '../redis-world.ts';
import { RecordingLog, RecordingSink } from '../source.ts';
import { aclLine } from './place-world.ts';

const options = { skip, timeout: 60_000 };
const NAMES = Array.from({ length: 60 }, (_, i) => `h${i}.example.com`);
const keyOf = (name: string) => `hostnames:${name}:backends`;

test(
  'routes of every master are one table, and a change at any of them arrives',
  options,
  async () => {
    await using cluster = await startRedisCluster();
    await fill(cluster);
    await using world = await followCluster(cluster);
    await world.sink.until(({ routes }) => routes.size === NAMES.length);
    assert.deepEqual(world.sink.calls, ['replace']);
    const [name] = NAMES;
    // The keys of one route are on different masters.
    await cluster.cli('SADD', `hostnames:${name}:draining`, '10.0.0.1');
    await cluster.cli('HSET', `hostnames:${name}:options`, 'balance', 'random');
    await world.sink.untilRecord(name!, {
      backends: ['10.0.0.1'],
      draining: ['10.0.0.1'],
      options: { balance: 'random' },
    });
    await cluster.cli('DEL', keyOf(NAMES[1]!));
    await world.sink.untilRoute(NAMES[1]!);
    const { ready, problem, tracking } = world.source.status;
    assert.deepEqual(
      { ready, problem, tracking },
      { ready: true, problem: null, tracking: 'tracking' },
    );
  },
);

test('no route is missing while its slot moves, and none is left behind', options, async () => {
  await using cluster = await startRedisCluster();
  await fill(cluster);
  await using world = await followCluster(cluster);
  await world.sink.until(({ routes }) => routes.size === NAMES.length);
  for (const name of NAMES.slice(0, 6)) {
    const from = await cluster.ownerOf(keyOf(name));
    const to = cluster.nodes.find((node) => node !== from)!;
    await cluster.moveSlot(keyOf(name), to, async () => {
      // Half way, when the old master says ASK and the new one MOVED.
      await cluster.cli('SADD', keyOf(name), '10.0.0.2');
      await world.sink.untilRoute(name, '10.0.0.1', '10.0.0.2');
    });
    await eventually(async () => (await cluster.ownerOf(keyOf(name))) === to);
    await cluster.cli('SREM', keyOf(name), '10.0.0.1');
    await world.sink.untilRoute(name, '10.0.0.2');
    await cluster.cli('DEL', keyOf(name));
    await world.sink.untilRoute(name);
    // What was done above, and nothing that the move did.
    assert.equal(world.sink.calls.filter((call) => call === `change ${name}`).length, 3);
  }
  assert.equal(world.sink.routes.size, NAMES.length - 6);
  assert.equal(world.sink.calls.filter((call) => call === 'replace').length, 1);
});

test('what moves to a master that is new is followed there', options, async () => {
  await using cluster = await startRedisCluster();
  await fill(cluster);
  await using world = await followCluster(cluster);
  await world.sink.until(({ routes }) => routes.size === NAMES.length);
  const fourth = await cluster.join();
  await world.log.untilLine(`127.0.0.1:${fourth.port}`);
  for (const name of NAMES.slice(0, 3)) await cluster.moveSlot(keyOf(name), fourth);
  await cluster.cli('SADD', keyOf(NAMES[0]!), '10.0.0.4');
  await world.sink.untilRoute(NAMES[0]!, '10.0.0.1', '10.0.0.4');
  assert.deepEqual(world.sink.calls, ['replace', `change ${NAMES[0]}`]);
});

test(
  'the routes of a master that is killed stay, and those of its replica take over',
  options,
  async (t) => {
    await using cluster = await startRedisCluster();
    await fill(cluster);
    const victim = cluster.nodes[2]!;
    const replica = await cluster.join(victim);
    await using world = await followCluster(cluster);
    await world.sink.until(({ routes }) => routes.size === NAMES.length);
    const names: string[] = [];
    for (const name of NAMES) if ((await cluster.ownerOf(keyOf(name))) === victim) names.push(name);
    await victim.kill();
    const killed = performance.now();
    await world.log.untilLine('not available');
    assert.equal(world.sink.routes.size, NAMES.length);
    await eventually(async () => (await replica.cli('ROLE')).startsWith('master'));
    const promoted = performance.now();
    await eventually(() => cluster.cli('SADD', keyOf(names[0]!), '10.0.0.9'));
    await world.sink.untilRoute(names[0]!, '10.0.0.1', '10.0.0.9');
    t.diagnostic(
      `promoted after ${Math.round(promoted - killed)} ms, a change arrived ${Math.round(performance.now() - promoted)} ms later`,
    );
    await cluster.cli('DEL', keyOf(names[1]!));
    await world.sink.untilRoute(names[1]!);
    await eventually(() => world.source.status.problem === null);
    assert.equal(world.sink.routes.size, NAMES.length - 1);
    assert.ok(!world.sink.calls.slice(1).includes('replace'));
  },
);

test('a master that dies without a replica takes no route along', options, async () => {
  await using cluster = await startRedisCluster('--cluster-require-full-coverage', 'no');
  await fill(cluster);
  await using world = await followCluster(cluster);
  await world.sink.until(({ routes }) => routes.size === NAMES.length);
  await cluster.nodes[1]!.kill();
  await world.log.untilLine('not available');
  const living = await Promise.all(
    NAMES.map(async (name) =>
      (await cluster.ownerOf(keyOf(name))) === cluster.nodes[0] ? name : '',
    ),
  );
  const name = living.find((one) => one !== '')!;
  await cluster.nodes[0]!.cli('DEL', keyOf(name));
  await world.sink.untilRoute(name);
  assert.equal(world.sink.routes.size, NAMES.length - 1);
  assert.match(world.source.status.problem!, /connection (?:refused|closed|reset)/);
});

test('in a cluster, the edge needs three rights more, and nothing else', options, async () => {
  await using folder = await makeFolder();
  await writeFile(folder.file('password'), 'PASSWORD');
  const login = { 'redis-user': 'edge', 'redis-password-file': folder.file('password') };
  await using cluster = await startRedisCluster();
  await fill(cluster);
  // A cluster has one database.
  const rules = aclLine('edge').filter((rule) => rule !== '+select');
  const more = ['+role', '+asking', '+cluster|nodes'];
  const allow = async (rights: readonly string[]) => {
    for (const node of cluster.nodes) {
      await node.cli('ACL', 'SETUSER', 'edge', 'reset');
      await node.cli('ACL', 'SETUSER', ...rules.slice(2), ...rights);
    }
  };
  for (const right of more) {
    await allow(more.filter((other) => other !== right));
    await using refused = await followCluster(cluster, login);
    assert.match(
      await refused.log.untilLine('NOPERM'),
      new RegExp(right.slice(1).replace('|', '.')),
    );
  }
  await allow(more);
  for (const node of cluster.nodes) await node.cli('ACL', 'LOG', 'RESET');
  await using world = await followCluster(cluster, login);
  await world.sink.until(({ routes }) => routes.size === NAMES.length);
  assert.equal(world.source.status.tracking, 'tracking');
  for (const node of cluster.nodes) assert.equal(await node.cli('ACL', 'LOG'), '');
});

async function fill(cluster: RedisCluster): Promise<void> {
  for (const name of NAMES) await cluster.cli('SADD', keyOf(name), '10.0.0.1');
}

async function followCluster(cluster: RedisCluster, login: Readonly<Record<string, string>> = {}) {
  const seeds = cluster.nodes.slice(0, 2).map(({ port }) => `127.0.0.1:${port}`);
  const { config } = await loadConfig({ flags: { 'redis-cluster': seeds, ...login }, env: {} });
  const place = redisPlace(config);
  if (place === null || !('seeds' in place)) throw new Error('this is no cluster');
  const log = new RecordingLog();
  const sink = new RecordingSink();
  const source = new ClusterSource({ place, prefix: '', log, reconcileMs: NEVER });
  source.start(sink);
  return { source, sink, log, [Symbol.asyncDispose]: () => source.close() };
}
