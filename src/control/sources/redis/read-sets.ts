import type { Redis } from 'ioredis';
import { MAX_MEMBERS } from '../snapshot.ts';
import { refusalOf } from './connect.ts';

/** Sets read in one go. */
export const MAX_BATCH = 500;
/** Keys looked at in one step of a scan: a few milliseconds of Redis' time. */
const SCAN_COUNT = 1000;
// One more than is kept tells that there are more. SSCAN answers with the whole of a small set, as
// SMEMBERS does, but with a few hundred members of a set of millions.
const SSCAN_COUNT = MAX_MEMBERS + 1;

/** A set as Redis has it; empty when there is none. `problem` when the key is not a set. */
export interface SetRead {
  readonly key: string;
  readonly members: readonly string[];
  readonly problem: string | null;
}

type SscanReply = readonly [cursor: string, members: string[]];

/** The keys that match a glob, a page at a time. A key may come twice. */
export async function* scanKeys(data: Redis, glob: string): AsyncGenerator<string[], void> {
  let cursor = '0';
  do {
    const [next, keys] = await data.scan(cursor, 'MATCH', glob, 'COUNT', SCAN_COUNT);
    if (keys.length > 0) yield keys;
    cursor = next;
  } while (cursor !== '0');
}

/** Read sets a batch at a time, one after the other: so answers are in the order of Redis' own changes. */
export async function* readSets(
  data: Redis,
  keys: readonly string[],
): AsyncGenerator<SetRead[], void> {
  for (let from = 0; from < keys.length; from += MAX_BATCH) {
    yield await readBatch(data, keys.slice(from, from + MAX_BATCH));
  }
}

async function readBatch(data: Redis, keys: readonly string[]): Promise<SetRead[]> {
  const pipeline = data.pipeline();
  for (const key of keys) pipeline.sscan(key, '0', 'COUNT', SSCAN_COUNT);
  const replies = (await pipeline.exec()) ?? [];
  const sets: SetRead[] = [];
  for (const [i, [error, reply]] of replies.entries()) {
    const key = keys[i]!;
    if (error === null) sets.push(await completeSet(data, key, reply as SscanReply));
    else if (refusalOf(error, 'WRONGTYPE') === null) throw error;
    else sets.push({ key, members: [], problem: 'is not a set' });
  }
  return sets;
}

async function completeSet(data: Redis, key: string, reply: SscanReply): Promise<SetRead> {
  let [cursor, members] = reply;
  // Only a set that once was much larger is not read at once.
  while (cursor !== '0' && members.length <= MAX_MEMBERS) {
    const [next, more] = await data.sscan(key, cursor, 'COUNT', SSCAN_COUNT);
    cursor = next;
    members = [...new Set([...members, ...more])];
  }
  return { key, members, problem: null };
}
