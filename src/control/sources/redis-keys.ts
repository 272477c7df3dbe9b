import { parsePattern } from '../../route/pattern.ts';
import type { SetRead } from './redis/read-sets.ts';
import { noRoute, readingOf, type Reading } from './snapshot.ts';

const HOSTNAMES = 'hostnames:';
const BACKENDS = ':backends';

/** The names of our keys in one Redis: `<prefix>hostnames:<pattern>:backends`. */
export interface RedisKeys {
  /** What every key of ours starts with, and what Redis is asked to announce changes of. */
  readonly watched: string;
  /** A glob for SCAN that matches every key with backends. */
  readonly glob: string;
  /** The `<pattern>` of a key with backends, parsed or not; `null` for every other key. */
  hostOf(key: string): string | null;
}

export function redisKeys(prefix: string): RedisKeys {
  const watched = prefix + HOSTNAMES;
  const fixed = watched.length + BACKENDS.length;
  return {
    watched,
    glob: `${watched.replace(/[*?[\]\\^]/g, String.raw`\$&`)}*${BACKENDS}`,
    hostOf(key) {
      const ours = key.length >= fixed && key.startsWith(watched) && key.endsWith(BACKENDS);
      return ours ? key.slice(watched.length, -BACKENDS.length) : null;
    },
  };
}

/** A set of backends as it was read. Redis keeps no order in a set: sorted, every edge has the same. */
export function readingOfSet(host: string, { members, problem }: SetRead): Reading {
  if (problem !== null) return noRoute(host, problem);
  // Gone, and with it whatever was wrong with it.
  if (members.length === 0) return noRoute(host);
  const parsed = parsePattern(host);
  return 'reason' in parsed ? noRoute(host, parsed.reason) : readingOf(host, members.toSorted());
}
