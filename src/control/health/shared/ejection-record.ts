import type { Redis } from 'ioredis';
import { refusalOf } from '../../sources/redis/connect.ts';

/** A backend that some edge has put out of use, and until when, in milliseconds since the epoch. */
export interface ToldEjection {
  readonly backend: string;
  readonly until: number;
}

/** No ejection is longer: a key that nobody writes to any more is gone after this. */
export const LONGEST_MS = 10 * 60_000;
/** Of one route; more are not looked at. */
const MAX_READ = 256;
// Clocks of edges differ.
const TRIM_AFTER_MS = 60_000;
const PART = ':ejected';

/** What Redis says when it does not let us: not the link's fault, and not to be tried again at once. */
const REFUSALS = ['NOPERM', 'READONLY', 'WRONGTYPE', 'MISCONF', 'OOM', 'NOREPLICAS'] as const;

/** Redis does not let us, in its own words. */
export class Refused extends Error {}

/** The key of a route: `<prefix>hostnames:<pattern>:ejected`, a ZSET of backends by expiry. */
export function ejectedKey(watched: string, pattern: string): string {
  return `${watched}${pattern}${PART}`;
}

/** The pattern in such a key; `null` for every other key. */
export function patternOfKey(watched: string, key: string): string | null {
  if (!key.startsWith(watched) || !key.endsWith(PART)) return null;
  return key.slice(watched.length, -PART.length) || null;
}

/** Say until when a backend is out. Rejects with `Refused`, or with what ended the link. */
export async function writeEjection(redis: Redis, key: string, told: ToldEjection): Promise<void> {
  const replies = await redis
    .pipeline()
    .zadd(key, Math.round(told.until), told.backend)
    .pexpire(key, LONGEST_MS)
    .exec();
  throwFirst(replies);
}

/** Who is out by now of several routes, by key. Rejects as above. */
export async function readEjections(
  redis: Redis,
  keys: readonly string[],
  nowMs: number,
): Promise<ReadonlyMap<string, readonly ToldEjection[]>> {
  const pipeline = redis.pipeline();
  for (const key of keys)
    pipeline.zrangebyscore(key, Math.round(nowMs), '+inf', 'WITHSCORES', 'LIMIT', 0, MAX_READ);
  const replies = (await pipeline.exec()) ?? [];
  throwFirst(replies);
  const told = keys.map((key, index) => [key, pairs(replies[index]?.[1])] as const);
  return new Map(told.filter(([, ejections]) => ejections.length > 0));
}

/** Take away what is long over. Rejects as above. */
export async function trimEjections(
  redis: Redis,
  keys: Iterable<string>,
  nowMs: number,
): Promise<void> {
  const pipeline = redis.pipeline();
  for (const key of keys) pipeline.zremrangebyscore(key, '-inf', Math.round(nowMs - TRIM_AFTER_MS));
  throwFirst(await pipeline.exec());
}

function throwFirst(replies: readonly (readonly [error: Error | null, result: unknown])[] | null) {
  const error = replies?.find(([failure]) => failure !== null)?.[0] ?? null;
  if (error === null) return;
  const refusal = refusalOf(error, ...REFUSALS);
  throw refusal === null ? error : new Refused(refusal);
}

// Whoever may write there may write anything.
function pairs(reply: unknown): readonly ToldEjection[] {
  if (!Array.isArray(reply)) return [];
  const told: ToldEjection[] = [];
  for (let i = 0; i + 1 < reply.length; i += 2) {
    const until = Number(reply[i + 1]);
    if (until > 0) told.push({ backend: String(reply[i]), until });
  }
  return told;
}
