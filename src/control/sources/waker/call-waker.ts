import type { Redis } from 'ioredis';
import type { RedisKeys } from '../redis-keys.ts';
import type { WakerCall } from '../source.ts';
import { refusalOf } from '../redis/connect.ts';

/** A name is called for so often by all edges together. */
const CALL_MS = 1000;

/** Publish a name that waits for a backend, unless an edge has in this second. Rejects without the right to. */
export async function callWaker(redis: Redis, keys: RedisKeys, name: string): Promise<WakerCall> {
  const claim = await claimCall(redis, keys.waking(name));
  if (claim === 'shared' || claim === 'elsewhere') return claim;
  await redis.publish(keys.wakeChannel, name);
  return claim;
}

async function claimCall(redis: Redis, key: string): Promise<WakerCall> {
  try {
    const set = await redis.set(key, '1', 'PX', CALL_MS, 'NX');
    return set === null ? 'shared' : 'called';
  } catch (error) {
    if (refusalOf(error, 'MOVED', 'ASK') !== null) return 'elsewhere';
    // It must not write, or cannot: rather too many calls than none.
    if (refusalOf(error, 'NOPERM', 'READONLY', 'MISCONF', 'OOM', 'NOREPLICAS') !== null)
      return 'called-alone';
    throw error;
  }
}
