import type { Redis } from 'ioredis';
import { ConfigError } from '../../config/config-error.ts';
import type { Config } from '../../config/options.ts';
import { redisPlace, type RedisAddress } from '../../config/redis/place.ts';
import { connectRedis, destroyRedis } from '../../control/sources/redis/connect.ts';
import { findMaster } from '../../control/sources/redis/sentinel.ts';
import { redisProblem } from '../../control/sources/redis/problem.ts';
import { redisKeys, type RedisKeys } from '../../control/sources/redis-keys.ts';
import { CommandFailed } from '../command.ts';

type Place = NonNullable<ReturnType<typeof redisPlace>>;

/** The Redis that a tool works on. */
export interface ToolRedis {
  readonly data: Redis;
  readonly keys: RedisKeys;
  /** Which one it is: where sentinels are asked, the master they name. */
  readonly node: RedisAddress;
  /** Fit to be printed. */
  readonly shown: string;
}

/** Connect to the Redis that is configured, and work. Rejects with `CommandFailed` where Redis does not play along. */
export async function withRedis<T>(
  config: Partial<Config>,
  work: (redis: ToolRedis) => Promise<T>,
): Promise<T> {
  const place = redisPlace(config as Config);
  if (place === null)
    throw new CommandFailed(`the routes are in ${config.routes}, and not in Redis`);
  const { signal } = new AbortController();
  let data: Redis | null = null;
  try {
    const node = await nodeOf(place, signal);
    const keys = redisKeys(config.redisPrefix ?? '');
    data = await connectRedis(node, 'sluice-tool', signal);
    return await work({ data, keys, node, shown: place.shown });
  } catch (error) {
    if (isOurs(error)) throw error;
    throw new CommandFailed(`${place.shown}: ${redisProblem(error)}`);
  } finally {
    if (data !== null) destroyRedis(data);
  }
}

async function nodeOf(place: Place, signal: AbortSignal): Promise<RedisAddress> {
  if (!('kind' in place)) return place;
  if (place.kind === 'sentinel') return findMaster(place, signal);
  throw new CommandFailed(`${place.shown}: the tools do not work on a cluster, see redis-cli -c`);
}

// A bug must not read like trouble with Redis.
function isOurs(error: unknown): boolean {
  const ours = [TypeError, RangeError, ReferenceError, ConfigError, CommandFailed];
  return ours.some((kind) => error instanceof kind);
}
