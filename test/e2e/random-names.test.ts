import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_ABSENT } from '../../src/control/routes/on-demand/held-routes.ts';
import { READS_PER_SECOND } from '../../src/control/routes/on-demand/reads.ts';
import { askTls } from '../support/ask.ts';
import { fillRedis } from '../support/fill-redis.ts';
import { sumOf } from '../support/metrics.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { redisMissing, startRedis, type RedisServer } from '../support/redis.ts';
import { startSluice, type Sluice } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';

const skip = await redisMissing();
const FLOOD = 4000;
const AT_ONCE = 40;
const KNOWN = 'app-1.test';
/** Reading one pattern: each of its four keys, and when it expires. */
const COMMANDS_PER_PATTERN = 8;

test(
  'of a flood of random names nothing reaches Redis and nothing is kept, and known names go on',
  { skip },
  async () => {
    await using one = await startNamedBackend('one');
    await using redis = await filled(one.address);
    await using sluice = await startSluice({ redis: redis.url, args: ['--access-log=off'] });
    assert.equal(await askTls(sluice.address(), KNOWN), 'one');
    const before = await readsOf(redis);
    const answers = await flood(sluice);
    assert.deepEqual(answers, new Map([['alert 112', FLOOD]]));
    assert.equal(await readsOf(redis), before);
    const metrics = await sluice.metrics();
    assert.equal(sumOf(metrics, 'sluice_routes_absent'), 0);
    assert.equal(sumOf(metrics, 'sluice_route_reads_total'), 0);
    assert.equal(sumOf(metrics, 'sluice_routes', { kind: 'exact' }), 100);
  },
);

test(
  'on demand a flood of random names is read no faster than the bound, and known names go on',
  { skip },
  async () => {
    await using one = await startNamedBackend('one');
    await using redis = await filled(one.address);
    const args = ['--access-log=off', '--route-table-max=50'];
    await using sluice = await startSluice({ redis: redis.url, args });
    assert.equal(await eventually(() => served(sluice)), 'one');
    const before = await readsOf(redis);
    const began = performance.now();
    const answers = await flood(sluice);
    const reads = (await readsOf(redis)) - before;
    const seconds = (performance.now() - began) / 1000;
    // What was saved up before, and what came in meanwhile.
    const bound = READS_PER_SECOND * (1 + seconds) * COMMANDS_PER_PATTERN;
    assert.ok(reads <= bound, `${reads} commands in ${seconds} s`);
    const { size } = new Set([...answers.keys(), 'alert 112', 'alert 80']);
    assert.equal(size, 2, 'absent, or not read because there are too many');
    const metrics = await sluice.metrics();
    assert.ok(sumOf(metrics, 'sluice_routes_absent') <= MAX_ABSENT);
    assert.ok(sumOf(metrics, 'sluice_routes', { kind: 'exact' }) <= 50);
  },
);

/** Ask for as many random names, and for a known one now and then. What the random ones were answered. */
async function flood(sluice: Sluice): Promise<Map<string, number>> {
  const answers = new Map<string, number>();
  let left = FLOOD;
  const ask = async () => {
    while (left-- > 0) {
      const answer = await askTls(sluice.address(), `${left}.${Math.random()}.random.test`);
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
      if (left % 100 === 0) assert.equal(await askTls(sluice.address(), KNOWN), 'one');
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  return answers;
}

async function served(sluice: Sluice): Promise<string | null> {
  const answer = await askTls(sluice.address(), KNOWN);
  return answer === 'one' ? answer : null;
}

async function filled(backend: string): Promise<RedisServer> {
  const redis = await startRedis();
  await fillRedis(redis.socket, 100, (i) => [`hostnames:app-${i}.test:backends`, backend]);
  return redis;
}

/** How often Redis was asked for what a key holds or when it expires, ever. */
async function readsOf(redis: RedisServer): Promise<number> {
  const stats = await redis.cli('INFO', 'commandstats');
  const calls = [
    ...stats.matchAll(/^cmdstat_(?:sscan|hscan|pttl|smembers|hgetall|exists):calls=(\d+)/gm),
  ];
  return calls.reduce((sum, [, count]) => sum + Number(count), 0);
}
