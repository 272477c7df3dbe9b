import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RedisSource } from '../../../src/control/sources/redis.ts';
import { fillRedis } from '../../support/fill-redis.ts';
import { startRedis } from '../../support/redis.ts';
import { watchSent } from '../../support/redis-way.ts';
import { skip } from '../redis-world.ts';
import { RecordingLog, RecordingSink } from '../source.ts';

const ROUTES = 10_000;
const LOSS = { share: 0.5, forMs: 3_600_000 };
const HELD = 'Redis has lost many routes at once: they stay in use until that is accepted';

test(
  'of a Redis that is flushed under a scan, all routes are held and not those read before',
  { skip, timeout: 30_000 },
  async () => {
    await using redis = await startRedis();
    await fillRedis(redis.socket, ROUTES, (i) => [`hostnames:app-${i}.test:backends`, '10.0.0.1']);
    const log = new RecordingLog();
    const sink = new RecordingSink();
    // More than half of the routes have been read by then, and are still there for who counts.
    let steps = 0;
    await using way = await watchSent(redis, async (data) => {
      const cursor = /\r\nscan\r\n\$\d+\r\n(\d+)/i.exec(data.toString('latin1'))?.[1];
      if (cursor === undefined || sink.calls.length === 0) return;
      steps = cursor === '0' ? 0 : steps + 1;
      if (steps === 4) await redis.cli('FLUSHALL');
    });
    const address = { url: way.url, shown: redis.url };
    await using source = closing(
      new RedisSource({ address, prefix: '', log, loss: LOSS, reconcileMs: 50 }),
    );
    source.start(sink);
    await log.untilLine(HELD);
    assert.equal(source.status.lossHeld, ROUTES);
    assert.deepEqual([sink.routes.size, sink.calls], [ROUTES, ['replace']]);
  },
);

function closing(source: RedisSource): RedisSource & AsyncDisposable {
  return Object.assign(source, { [Symbol.asyncDispose]: () => source.close() });
}
