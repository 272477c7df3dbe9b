import assert from 'node:assert/strict';
import { following } from '../redis-world.ts';

following(
  'a frozen Redis is found by its silence, and used again when it wakes',
  async (world, t) => {
    const { redis, sink, log, source } = world;
    const now = () => Math.round(performance.now());
    const frozen = now();
    redis.freeze();
    await log.untilLine('not available');
    const found = now();
    // While it lies there every try is in vain, and the routes stay.
    assert.equal(source.status.connected, false);
    assert.equal(sink.routes.size, 1);
    const woken = now();
    redis.thaw();
    await log.untilLine('Redis is back');
    t.diagnostic(`found after ${found - frozen} ms, back ${now() - woken} ms after it woke`);
    assert.equal(log.lines.length, 3, log.lines.join('\n'));
  },
);
