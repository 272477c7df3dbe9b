import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { startRedis } from '../../support/redis.ts';
import { watchSent } from '../../support/redis-way.ts';
import { BACKENDS, follow, skip } from '../redis-world.ts';

test(
  'a connection that only sets are read on is missed too, when nothing comes over it any more',
  { skip, timeout: 20_000 },
  async () => {
    await using redis = await startRedis();
    await redis.cli('SADD', BACKENDS, '10.0.0.1');
    const readers = new Set<Socket>();
    let isSilent = false;
    await using way = await watchSent(redis, async (data, client) => {
      if (!isSilent && /\r\nscan\r\n/i.test(data.toString('latin1'))) readers.add(client);
      if (isSilent && readers.has(client)) await new Promise(() => {});
    });
    await using world = follow(redis, { url: way.url });
    await world.sink.untilRoute('app.example.com', '10.0.0.1');
    isSilent = true;
    assert.match(await world.log.untilLine('not available'), /no answer to a command/);
    await world.log.untilLine('Redis is back');
    assert.equal(world.sink.routes.size, 1);
  },
);
