import type { Redis } from 'ioredis';
import type { RedisKeys } from '../../redis-keys.ts';
import { refusalOf } from '../connect.ts';
import { scanKeys } from '../read-keys.ts';

/** Of the maximum: a table is told as a whole again when it is so small, so that it does not go to and fro. */
const SMALL_ENOUGH = 0.9;
/** Counting keys one by one, which is only needed where others share the Redis. */
const COUNT_EVERY_MS = 600_000;

/** Whether a table that was too large has become small enough, asked now and then. */
export class KeyCount {
  readonly #keys: RedisKeys;
  #countedAt = -Infinity;

  constructor(keys: RedisKeys) {
    this.#keys = keys;
  }

  /** Whether there are well fewer than `max` routes. */
  async isBelow(max: number, data: Redis): Promise<boolean> {
    const enough = SMALL_ENOUGH * max;
    if ((await allKeys(data)) <= enough) return true;
    if (performance.now() - this.#countedAt < COUNT_EVERY_MS) return false;
    this.#countedAt = performance.now();
    return (await this.#routesUpTo(enough, data)) <= enough;
  }

  // One key of each is counted: hardly any route has no backends. A key that comes twice counts twice.
  async #routesUpTo(enough: number, data: Redis): Promise<number> {
    let count = 0;
    for await (const names of scanKeys(data, this.#keys.glob)) {
      count += names.filter((name) => this.#keys.parse(name)?.part === 'backends').length;
      if (count > enough) break;
    }
    return count;
  }
}

// Of all databases, and not only ours: never too few. Nobody knows who may not ask.
async function allKeys(data: Redis): Promise<number> {
  try {
    const info = await data.info('keyspace');
    return [...info.matchAll(/keys=(\d+)/g)].reduce((sum, [, keys]) => sum + Number(keys), 0);
  } catch (error) {
    if (refusalOf(error, 'NOPERM', 'ERR') === null) throw error;
    return Infinity;
  }
}
