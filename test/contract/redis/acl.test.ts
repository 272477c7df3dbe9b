import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startRedis, type RedisServer } from '../../support/redis.ts';
import { eventually } from '../../support/wait.ts';
import { BACKENDS, skip } from '../redis-world.ts';
import { aclLine, followFlags, type FollowedPlace } from './place-world.ts';

const options = { skip, timeout: 60_000 };
const EDGE = aclLine('edge');
const TOOLS = aclLine('operator');

test('an edge works with exactly the user that the README gives it', options, async () => {
  await using redis = await startRedis();
  await using world = await followAs(redis, EDGE, 3);
  await world.sink.untilRoute('app.example.com', '10.0.0.1');
  await redis.cli('-n', '3', 'SADD', BACKENDS, '10.0.0.2');
  await world.sink.untilRoute('app.example.com', '10.0.0.1', '10.0.0.2');
  await redis.cli('-n', '3', 'HSET', 'hostnames:app.example.com:options', 'balance', 'random');
  await world.sink.untilRecord('app.example.com', {
    backends: ['10.0.0.1', '10.0.0.2'],
    options: { balance: 'random', x: 'y' },
  });
  await redis.cli('-n', '3', 'PEXPIRE', BACKENDS, '50');
  await world.sink.untilRoute('app.example.com');
  const { problem, tracking } = world.source.status;
  assert.deepEqual({ problem, tracking }, { problem: null, tracking: 'tracking' });
  // Nothing was even tried that is not allowed.
  assert.equal(await redis.cli('ACL', 'LOG'), '');
  assert.match(await redis.cli('CLIENT', 'LIST'), /name=sluice-data.*user=edge/);
});

/** How the loss of each right is noticed. */
const NOTICED: Readonly<
  Record<string, (world: FollowedPlace, redis: RedisServer) => Promise<void>>
> = {
  '+scan': isRefused(/'scan'/),
  '+sscan': isRefused(/'sscan'/),
  '+hscan': isRefused(/'hscan'/),
  '+ping': isRefused(/'ping'/),
  '+select': isRefused(/'select'/),
  '%R~hostnames:*': isRefused(/NOPERM.*key/),
  '+subscribe': isNotTracked,
  '+client|id': isNotTracked,
  '+client|tracking': isNotTracked,
  '&__redis__:invalidate': isNotTracked,
  '+client|setname': async (_, redis) => {
    await eventually(async () => (await redis.cli('CLIENT', 'LIST')).includes('user=edge'));
    assert.doesNotMatch(await redis.cli('CLIENT', 'LIST'), /name=sluice/);
  },
  // Each key is asked when it expires, where one INFO says that none does.
  '+info': async ({ sink }, redis) => {
    await sink.untilRoute('app.example.com', '10.0.0.1');
    assert.match(await redis.cli('INFO', 'commandstats'), /cmdstat_pttl/);
  },
  // What an operator says of a loss that is held back.
  '+get': async ({ sink }, redis) => {
    await sink.untilRoute('app.example.com', '10.0.0.1');
    assert.match(await redis.cli('ACL', 'LOG'), /\bget\b/);
  },
  // What has expired is gone for who looks, and nobody is told before somebody does.
  '+pttl': async ({ sink }, redis) => {
    await sink.untilRoute('app.example.com', '10.0.0.1');
    await redis.cli('-n', '3', 'PEXPIRE', BACKENDS, '3600000');
    await eventually(async () => (await redis.cli('ACL', 'LOG')).includes('pttl'));
  },
};

test('the edge misses every right of that user when it is taken away', options, async (t) => {
  const rights = EDGE.filter((rule) => /^[+%&]/.test(rule));
  assert.deepEqual(rights.toSorted(), Object.keys(NOTICED).toSorted());
  for (const right of rights) {
    await t.test(right, async () => {
      await using redis = await startRedis();
      const rules = EDGE.filter((rule) => rule !== right);
      await using world = await followAs(redis, rules, 3);
      await NOTICED[right]!(world, redis);
    });
  }
});

test(
  'an operator with the second line can drain a backend, and touch nothing else',
  options,
  async () => {
    await using redis = await startRedis();
    await redis.cli('SADD', BACKENDS, '10.0.0.1', '10.0.0.2');
    await redis.cli('ACL', 'SETUSER', ...TOOLS.slice(2));
    const ask = (...command: string[]) =>
      redis.cli('--user', 'operator', '--pass', 'PASSWORD', '--no-auth-warning', ...command);
    await ask('SMOVE', BACKENDS, 'hostnames:app.example.com:draining', '10.0.0.1');
    assert.equal(await redis.cli('SMEMBERS', BACKENDS), '10.0.0.2');
    await assert.rejects(ask('SADD', BACKENDS, '10.0.0.3'), /NOPERM/);
    await assert.rejects(ask('SMOVE', 'other', BACKENDS, 'x'), /NOPERM/);
  },
);

function isRefused(words: RegExp) {
  return async ({ log, source }: FollowedPlace) => {
    assert.match(await log.untilLine('not available'), words);
    assert.equal(source.status.ready, false);
  };
}

async function isNotTracked({ sink, log, source }: FollowedPlace): Promise<void> {
  await sink.untilRoute('app.example.com', '10.0.0.1');
  assert.match(await log.untilLine('does not announce changes'), /NOPERM/);
  assert.equal(source.status.tracking, 'polling');
}

/** A Redis whose user has these rules, and a source that follows one of its databases as that user. */
async function followAs(redis: RedisServer, rules: readonly string[], database: number) {
  await redis.cli('-n', String(database), 'SADD', BACKENDS, '10.0.0.1');
  await redis.cli('-n', String(database), 'HSET', 'hostnames:app.example.com:options', 'x', 'y');
  await redis.cli('ACL', 'SETUSER', ...rules.slice(2));
  return followFlags({ redis: `redis://edge:PASSWORD@127.0.0.1:${redis.port}/${database}` });
}
