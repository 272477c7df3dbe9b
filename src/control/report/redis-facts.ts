import type { Redis } from 'ioredis';
import { readRouteOptions } from '../routes/route-options.ts';
import type { Refusal } from '../routes/members/route-members.ts';
import type { RedisKeys } from '../sources/redis-keys.ts';
import type { RouteFacts } from './explain/facts.ts';
import { patternsTried } from '../../route/tried.ts';
import type { Question } from './explain/question.ts';
import { readRecords } from './redis-routes.ts';

/** Where the routes are read, and what may be dialled by the flags of who asks. */
export interface RedisView {
  readonly data: Redis;
  readonly keys: RedisKeys;
  readonly shown: string;
  readonly refusal: Refusal;
}

/** What Redis alone says of one question: neither sessions, nor what DNS answers, nor an edge's flags. */
export async function redisFacts(
  { data, keys, shown, refusal }: RedisView,
  { name, protocol }: Question,
): Promise<RouteFacts> {
  const patterns = patternsTried(name, protocol).map(({ pattern }) => pattern);
  const records = await readRecords(data, keys, patterns);
  return {
    source: shown,
    record: (pattern) => records.get(pattern) ?? null,
    options: (_, { options }) => readRouteOptions(options, null).options,
    addresses: () => null,
    sessions: () => null,
    routeSessions: () => null,
    ejection: () => null,
    refusal,
    flags: null,
  };
}
