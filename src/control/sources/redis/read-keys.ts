import type { Redis } from 'ioredis';
import { MAX_MEMBERS, MAX_OPTIONS } from '../routes/reading.ts';
import type { RoutePart } from '../routes/route-record.ts';
import { refusalOf } from './connect.ts';
import { requireMaster } from './sentinel.ts';

/** Keys read in one go. */
const MAX_BATCH = 250;
/** Keys looked at in one step of a scan: a few milliseconds of Redis' time. */
const SCAN_COUNT = 2000;
/** Asked for at first: a set of this size or less is answered whole, one of millions by some more than this. */
const FIRST_COUNT = 32;
/** Read of one key at most, give or take a step: what is past it cannot be used anyway. */
const MAX_KEY_BYTES = 1024 * 1024;

/** A key to read. */
export interface KeyToRead {
  readonly name: string;
  readonly part: RoutePart;
}

/** What Redis has at a key; nothing when there is none. */
export interface KeyRead {
  /** The members of a set; names and values of a hash in turn. */
  readonly values: readonly string[];
  /** It is of another type, or too large to be read to its end. */
  readonly problem: string | null;
  /** Until it expires; `null` when it does not or nobody asked. */
  readonly ttlMs: number | null;
}

type ScanReply = readonly [cursor: string, values: string[]];
type Pipeline = ReturnType<Redis['pipeline']>;

/** One key while it is being read. */
class KeyBeingRead implements KeyRead {
  values: string[] = [];
  problem: string | null = null;
  ttlMs: number | null = null;
  readonly #key: KeyToRead;
  #cursor: string | null = '0';
  #bytes = 0;

  constructor(key: KeyToRead) {
    this.#key = key;
  }

  get isDone(): boolean {
    return this.#cursor === null;
  }

  ask(pipeline: Pipeline): void {
    const { name, part } = this.#key;
    const count = this.#count();
    if (part === 'options') pipeline.hscan(name, this.#cursor!, 'COUNT', count);
    else pipeline.sscan(name, this.#cursor!, 'COUNT', count);
  }

  take([cursor, values]: ScanReply): void {
    this.#cursor = cursor === '0' ? null : cursor;
    const isMore = this.values.length > 0;
    // What was seen may be seen again, but only in a later step.
    this.values = isMore ? this.#joined(values) : values;
    for (const value of values) this.#bytes += value.length;
    if (this.values.length > this.#limit) this.#cursor = null;
    if (this.#cursor === null || this.#bytes <= MAX_KEY_BYTES) return;
    this.#cursor = null;
    this.problem = `has ${this.#key.part} of over ${MAX_KEY_BYTES >> 20} MiB: not all of it is read`;
  }

  refuse(): void {
    const { part } = this.#key;
    const wrong = { backends: 'is not a set', options: 'has options that are not a hash' } as const;
    this.problem =
      part in wrong ? wrong[part as keyof typeof wrong] : `has ${part} that is not a set`;
    this.values = [];
    this.#cursor = null;
  }

  /** It is not here: another node of the cluster has it, or will. */
  leave(): void {
    this.values = [];
    this.#cursor = null;
  }

  get #limit(): number {
    return this.#key.part === 'options' ? 2 * MAX_OPTIONS : MAX_MEMBERS;
  }

  // One more than is kept tells that there are more. Of large values few are asked for at once.
  #count(): number {
    const isFine = this.values.length > 0 && this.#bytes / this.values.length < 512;
    return isFine ? MAX_MEMBERS + 1 : FIRST_COUNT;
  }

  #joined(values: readonly string[]): string[] {
    const all = [...this.values, ...values];
    return this.#key.part === 'options' ? all : [...new Set(all)];
  }
}

/** The keys that match a glob, a page at a time. A key may come twice. */
export async function* scanKeys(data: Redis, glob: string): AsyncGenerator<string[], void> {
  const scan = (cursor: string) => {
    const page = data.scan(cursor, 'MATCH', glob, 'COUNT', SCAN_COUNT);
    // Whoever stops early does not wait for it.
    page.catch(() => {});
    return page;
  };
  for (let page: ReturnType<typeof scan> | null = scan('0'); page !== null;) {
    const [cursor, keys]: [string, string[]] = await page;
    // Redis looks for the next one while this one is read.
    page = cursor === '0' ? null : scan(cursor);
    if (keys.length > 0) yield keys;
  }
}

/**
 * Read keys a batch at a time, one after the other, and one ahead. What is asked for when this has ended
 * is newer than any of them. With `askTtl`, also when they expire. A `sharded` Redis is a
 * master of a cluster: what it does not have itself, not even of a slot that is moving, is no key.
 */
export async function* readKeys<K extends KeyToRead>(
  data: Redis,
  keys: readonly K[],
  askTtl: boolean,
  sharded = false,
): AsyncGenerator<(readonly [K, KeyRead])[], void> {
  const read = (from: number) => {
    const batch = readBatch(data, keys.slice(from, from + MAX_BATCH), askTtl, sharded);
    batch.catch(() => {});
    return batch;
  };
  if (keys.length === 0) return;
  let next = read(0);
  for (let from = 0; from < keys.length; from += MAX_BATCH) {
    const batch = next;
    if (from + MAX_BATCH < keys.length) next = read(from + MAX_BATCH);
    yield await batch;
  }
}

async function readBatch<K extends KeyToRead>(
  data: Redis,
  keys: readonly K[],
  askTtl: boolean,
  sharded: boolean,
): Promise<(readonly [K, KeyRead])[]> {
  const reads = keys.map((key) => [key, new KeyBeingRead(key)] as const);
  // First: whatever changes after it is announced again.
  if (askTtl) await readTtls(data, reads, sharded);
  await readValues(
    data,
    reads.map(([, read]) => read),
    sharded,
  );
  return reads;
}

async function readValues(
  data: Redis,
  reads: readonly KeyBeingRead[],
  sharded: boolean,
): Promise<void> {
  let isElsewhere = false;
  for (let open = reads; open.length > 0; open = open.filter((read) => !read.isDone)) {
    const pipeline = data.pipeline();
    for (const read of open) askIn(pipeline, sharded, () => read.ask(pipeline));
    const replies = await repliesTo(pipeline, sharded);
    for (const [i, [error, reply]] of replies.entries()) {
      if (error === null) open[i]!.take(reply as ScanReply);
      else if (refusalOf(error, 'WRONGTYPE') !== null) open[i]!.refuse();
      else if (!isMoved(error, sharded)) throw error;
      else open[i]!.leave();
      isElsewhere ||= error !== null && isMoved(error, sharded);
    }
  }
  // A master that was demoted sends everybody away, and has lost nothing.
  if (isElsewhere) await requireMaster(data);
}

// Without ASKING, a node would not show what has already come of a slot that is on its way to it.
function askIn(pipeline: Pipeline, sharded: boolean, ask: () => void): void {
  if (sharded) pipeline.call('ASKING');
  ask();
}

async function repliesTo(pipeline: Pipeline, sharded: boolean) {
  const replies = (await pipeline.exec()) ?? [];
  if (!sharded) return replies;
  const refused = replies.find(([error], i) => i % 2 === 0 && error !== null);
  if (refused !== undefined) throw refused[0]!;
  return replies.filter((_, i) => i % 2 === 1);
}

function isMoved(error: unknown, sharded: boolean): boolean {
  return sharded && refusalOf(error, 'MOVED', 'ASK') !== null;
}

// A user without the right to ask is served by what Redis announces.
async function readTtls(
  data: Redis,
  reads: readonly (readonly [KeyToRead, KeyBeingRead])[],
  sharded: boolean,
): Promise<void> {
  const pipeline = data.pipeline();
  for (const [{ name }] of reads) askIn(pipeline, sharded, () => pipeline.pttl(name));
  const replies = await repliesTo(pipeline, sharded);
  for (const [i, [error, reply]] of replies.entries()) {
    const isTold = error === null || refusalOf(error, 'NOPERM') !== null || isMoved(error, sharded);
    if (!isTold) throw error;
    if (error === null && Number(reply) >= 0) reads[i]![1].ttlMs = Number(reply);
  }
}
