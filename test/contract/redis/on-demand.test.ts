import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LossLimits } from '../../../src/control/sources/loss/loss-guard.ts';
import { RedisSource } from '../../../src/control/sources/redis.ts';
import {
  EMPTY_RECORD,
  type RouteRecord,
} from '../../../src/control/sources/routes/route-record.ts';
import { startRedis, type RedisServer } from '../../support/redis.ts';
import { eventually } from '../../support/wait.ts';
import { NEVER, skip } from '../redis-world.ts';
import { RecordingLog, RecordingSink } from '../source.ts';

const MAX = 3;

/** A sink that takes no more than some routes as a whole table. */
class ReadingSink extends RecordingSink {
  readonly outdatedKeys: (string | null)[] = [];
  timesTooMany = 0;

  tooMany(): void {
    this.timesTooMany++;
  }

  outdated(keys: readonly string[] | null): void {
    this.outdatedKeys.push(...(keys ?? [null]));
  }
}

test('routes are read by pattern, ahead of the table and after it', { skip }, async () => {
  await using redis = await startRedis();
  await redis.cli('SADD', 'hostnames:a.test:backends', '10.0.0.1');
  await redis.cli('HSET', 'hostnames:a.test:options', 'balance', 'random');
  await redis.cli('SADD', 'hostnames:*.a.test:acme', '10.0.0.2');
  await using world = follow(redis);
  const patterns = ['x.a.test', '*.a.test', 'a.test', 'httpsDefault'];
  const found = await eventually(() => world.source.read(patterns));
  assert.deepEqual(
    found,
    new Map<string, RouteRecord>([
      ['*.a.test', { ...EMPTY_RECORD, acme: ['10.0.0.2'] }],
      ['a.test', { ...EMPTY_RECORD, backends: ['10.0.0.1'], options: { balance: 'random' } }],
    ]),
  );
  await redis.kill();
  await eventually(() => !world.source.status.connected);
  await assert.rejects(world.source.read(patterns));
});

test('what is read while it changes is what it was changed to', { skip }, async () => {
  await using redis = await startRedis();
  await using world = follow(redis);
  await eventually(() => world.source.read(['a.test']));
  for (let i = 0; i < 50; i++) {
    const changed = redis.cli('SADD', `hostnames:${i}.a.test:backends`, '10.0.0.1');
    const seen = await world.source.read([`${i}.a.test`]);
    await changed;
    // Not seen: then it is announced that what was read is outdated.
    if (seen.size > 0) continue;
    await eventually(
      () => world.sink.outdatedKeys.includes(`${i}.a.test`) || world.source.status.ready,
    );
  }
});

test('too many routes are not told, and neither are their changes', { skip }, async () => {
  await using redis = await startRedis();
  await addRoutes(redis, MAX + 1);
  await using world = follow(redis);
  await eventually(() => world.sink.timesTooMany > 0);
  assert.equal(world.source.status.ready, true);
  await redis.cli('SADD', 'hostnames:new.test:backends', '10.0.0.1');
  await redis.cli('PEXPIRE', 'hostnames:app-1.test:backends', '100');
  await eventually(() => world.sink.outdatedKeys.includes('new.test'));
  await world.source.read(['app-1.test']);
  await eventually(async () => (await world.source.read(['app-1.test'])).size === 0);
  assert.deepEqual(world.sink.calls, []);
});

test('when a later look finds that they fit, they are told again', { skip }, async () => {
  await using redis = await startRedis();
  await addRoutes(redis, MAX + 1);
  await using world = follow(redis, { reconcileMs: 20 });
  await eventually(() => world.sink.timesTooMany > 0);
  await redis.cli('DEL', 'hostnames:app-0.test:backends');
  const looks = () => world.source.status.counters.syncs.periodic.ok;
  const before = looks();
  await eventually(() => looks() > before + 2);
  assert.deepEqual(world.sink.calls, [], 'a table that only just fits would go to and fro');
  assert.equal(world.sink.timesTooMany, 1, 'where changes are announced none was missed');
  await redis.cli('DEL', 'hostnames:app-1.test:backends');
  await world.sink.until(({ routes }) => routes.size === MAX - 1);
  await redis.cli('SADD', 'hostnames:app-2.test:backends', '10.0.0.2');
  await world.sink.untilRoute('app-2.test', '10.0.0.1', '10.0.0.2');
});

test('nothing is read from a Redis that may have lost its routes', { skip }, async () => {
  await using redis = await startRedis();
  await addRoutes(redis, MAX + 1);
  await using world = follow(redis, { loss: { share: 0.5, forMs: NEVER } });
  await eventually(() => world.sink.timesTooMany > 0);
  assert.equal((await world.source.read(['app-1.test'])).size, 1);
  const flushed = redis.cli('FLUSHALL');
  const held = /whether routes are gone|routes that are gone are held/;
  while (world.source.status.lossHeld === 0) {
    const found = await world.source.read(['app-1.test']).catch((error: Error) => error.message);
    if (typeof found === 'string') assert.match(found, held);
    else assert.equal(found.size, 1, 'as if there had been no route');
    await nextTurn();
  }
  await flushed;
  await assert.rejects(world.source.read(['app-1.test']), held);
});

function follow(
  redis: RedisServer,
  { reconcileMs = NEVER, loss }: { reconcileMs?: number; loss?: LossLimits } = {},
) {
  const sink = new ReadingSink();
  const source = new RedisSource({
    address: { url: redis.url, shown: redis.url },
    prefix: '',
    log: new RecordingLog(),
    maxRoutes: MAX,
    reconcileMs,
    ...(loss !== undefined && { loss }),
  });
  source.start(sink);
  return { source, sink, [Symbol.asyncDispose]: () => source.close() };
}

async function addRoutes(redis: RedisServer, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await redis.cli('SADD', `hostnames:app-${i}.test:backends`, '10.0.0.1');
  }
}
