import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askTls } from '../support/ask.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { redisMissing, startRedis } from '../support/redis.ts';
import { startRedisCluster } from '../support/redis-cluster.ts';
import { startWatchedRedis } from '../support/sentinels.ts';
import { startSluice } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';

const options = { skip: await redisMissing() };
const NAME = 'app.example.test';
const BACKENDS = `hostnames:${NAME}:backends`;

test('sessions go on through a failover, and then as the new master says', options, async () => {
  await using one = await startNamedBackend('one');
  await using two = await startNamedBackend('two');
  await using redis = await startWatchedRedis();
  await redis.master.cli('SADD', BACKENDS, one.address);
  await eventually(async () => (await redis.replica.cli('EXISTS', BACKENDS)) === '1');
  const args = redis.sentinels.flatMap((address) => ['--redis-sentinel', address]);
  await using sluice = await startSluice({ args });
  assert.equal(await askTls(sluice.address(), NAME), 'one');
  await redis.master.kill();
  const promoted = new AbortController();
  const promotion = eventually(async () => (await redis.replica.cli('ROLE')).startsWith('master'));
  void promotion.then(() => promoted.abort());
  do assert.equal(await askTls(sluice.address(), NAME), 'one');
  while (!promoted.signal.aborted);
  await promotion;
  await redis.replica.multi(['SADD', BACKENDS, two.address], ['SREM', BACKENDS, one.address]);
  await eventually(async () => (await askTls(sluice.address(), NAME)) === 'two');
});

test('an edge routes by what all masters of a cluster have', options, async () => {
  await using one = await startNamedBackend('one');
  await using cluster = await startRedisCluster();
  const names = Array.from({ length: 12 }, (_, i) => `h${i}.example.test`);
  for (const name of names) await cluster.cli('SADD', `hostnames:${name}:backends`, one.address);
  const seed = `127.0.0.1:${cluster.nodes[0]!.port}`;
  await using sluice = await startSluice({ args: ['--redis-cluster', seed] });
  for (const name of names) assert.equal(await askTls(sluice.address(), name), 'one');
  assert.equal(await askTls(sluice.address(), 'nobody.example.test'), 'alert 112');
  assert.equal((await sluice.admin('/readyz')).status, 200);
});

test('no session notices that Redis is slow', options, async () => {
  await using one = await startNamedBackend('one');
  await using redis = await startRedis();
  await redis.cli('SADD', BACKENDS, one.address);
  await using sluice = await startSluice({ redis: redis.url });
  await redis.cli('CLIENT', 'PAUSE', '20000', 'ALL');
  let hasAnswered = false;
  // It is killed before it answers, which is no matter of this test.
  const answer = redis.cli('PING').then(
    () => (hasAnswered = true),
    () => {},
  );
  for (let i = 0; i < 50; i++) {
    assert.equal(await askTls(sluice.address(), NAME), 'one');
    assert.equal(await askTls(sluice.address(), `nobody-${i}.example.test`), 'alert 112');
  }
  // All of that was answered before Redis said one word.
  assert.equal(hasAnswered, false);
  await redis.kill();
  await answer;
});
