import type { Redis } from 'ioredis';
import {
  redisNodeAddress,
  type RedisAddress,
  type SentinelPlace,
} from '../../../config/redis/place.ts';
import type { RedisNodeAddress } from '../../../config/redis/node.ts';
import { connectRedis, destroyRedis } from './connect.ts';
import { redisProblem } from './problem.ts';

/**
 * The master as most of the sentinels have it. One that was cut off from the others may name yesterday's:
 * so all are asked at once, and the first address that more than half of them name is taken. Where so
 * many do not answer, the one named most often is. Rejects with what each sentinel had to say.
 */
export async function findMaster(
  place: SentinelPlace,
  aborted: AbortSignal,
): Promise<RedisAddress> {
  const votes = new Map<string, { count: number; node: RedisNodeAddress }>();
  const problems: string[] = [];
  const enough = new AbortController();
  const signal = AbortSignal.any([aborted, enough.signal]);
  const asked = place.sentinels.map(async (sentinel) => {
    try {
      const node = await askSentinel(sentinel, place.master, signal);
      const key = `${node.host} ${node.port}`;
      const count = (votes.get(key)?.count ?? 0) + 1;
      votes.set(key, { count, node });
      if (count > place.sentinels.length / 2) enough.abort();
    } catch (error) {
      problems.push(`${sentinel.shown}: ${redisProblem(error)}`);
    }
  });
  await Promise.all(asked);
  aborted.throwIfAborted();
  const [best] = [...votes.values()].toSorted((a, b) => b.count - a.count);
  if (best === undefined) throw new Error(`no sentinel helps: ${problems.join('; ')}`);
  return redisNodeAddress(best.node, place.nodes);
}

/** Rejects when this Redis is no master: it was one until a moment ago, or will be in a moment. */
export async function requireMaster(redis: Redis): Promise<void> {
  const [role] = (await redis.call('ROLE')) as readonly [string];
  if (role !== 'master') throw new Error('it is not the master (any more), says its ROLE');
}

async function askSentinel(
  sentinel: RedisAddress,
  master: string,
  aborted: AbortSignal,
): Promise<RedisNodeAddress> {
  const redis = await connectRedis(sentinel, 'sluice', aborted);
  const abandon = () => destroyRedis(redis);
  aborted.addEventListener('abort', abandon);
  redis.on('error', () => {});
  try {
    const reply = await redis.call('SENTINEL', 'get-master-addr-by-name', master);
    if (reply === null) throw new Error(`knows no master ${master}`);
    const [host, port] = reply as readonly [string, string];
    return { host, port: Number(port) };
  } finally {
    aborted.removeEventListener('abort', abandon);
    destroyRedis(redis);
  }
}
