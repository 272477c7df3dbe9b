import { constants, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { RouteRecord } from '../routes/route-record.ts';
import {
  bucketBitsFor,
  bucketOf,
  encodeHeader,
  encodeMeta,
  HEADER_BYTES,
  INDEX_ENTRY_BYTES,
  MAX_BUCKET_BYTES,
  MAX_FILE_BYTES,
  SnapshotUnusable,
  type SnapshotMeta,
} from './header.ts';
import { Pace } from '../routes/pace.ts';
import { rowOf } from './row.ts';
import { readHeader } from './snapshot-file.ts';

const CHUNK_BYTES = 2 ** 18;
/** Steps of cheap work between two looks at the clock. */
const STEP = 1024;

export interface SnapshotContent extends SnapshotMeta {
  /** When the routes were last known to be current, in milliseconds since the epoch. */
  readonly asOf: number;
  /** It may change meanwhile: then every route is as it was at some time of the writing. */
  readonly routes: Iterable<readonly [string, RouteRecord]>;
}

/**
 * Write a snapshot beside `path` and put it in its place when it is on the disk: whoever reads sees
 * the old one or the new one. Takes a few milliseconds of the thread at a time. Rejects with what is
 * in the way, and leaves what was there. Resolves to the number of routes.
 */
export async function writeSnapshot(path: string, content: SnapshotContent): Promise<number> {
  await removeLeftovers(path);
  const fresh = temporary(path, process.pid);
  // Never through a link that somebody put there.
  const { O_CREAT, O_EXCL, O_WRONLY } = constants;
  const file = await open(fresh, O_CREAT | O_EXCL | O_WRONLY, 0o600);
  try {
    const count = await fillAndClose(file, content);
    await rename(fresh, path);
    await syncFolder(dirname(path));
    return count;
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}

/** Note in a snapshot that what it says was still current at `asOf`. Rejects when there is none that is whole. */
export async function confirmSnapshot(path: string, asOf: number): Promise<void> {
  const file = await open(path, constants.O_RDWR | constants.O_NONBLOCK);
  try {
    const header = await readHeader(file, (await file.stat()).size);
    // Within one sector of any disk: the header is there as it was, or as it is now.
    await file.write(encodeHeader({ ...header, asOf }), 0, HEADER_BYTES, 0);
  } finally {
    await file.close();
  }
}

async function fillAndClose(file: FileHandle, content: SnapshotContent): Promise<number> {
  try {
    return await fill(file, content);
  } finally {
    await file.close();
  }
}

async function fill(
  file: FileHandle,
  { routes, asOf, ...source }: SnapshotContent,
): Promise<number> {
  const pace = new Pace();
  const listed = await list(routes, pace);
  const seed = (Math.random() * 2 ** 32) >>> 0;
  const count = listed.patterns.length;
  const spread = { seed, bucketBits: bucketBitsFor(count) };
  const meta = Buffer.from(encodeMeta(source));
  const writer = new Writer(file, HEADER_BYTES);
  await writer.add(meta);
  const index = await addBuckets(writer, await sortIntoBuckets(listed, spread, pace), pace);
  const indexAt = writer.at;
  await writer.add(index);
  await writer.flush();
  const header = { ...spread, asOf, count, indexAt, fileBytes: writer.at };
  const start = encodeHeader({ ...header, metaBytes: meta.length, metaCrc: crc32(meta) });
  await file.write(start, 0, HEADER_BYTES, 0);
  await file.sync();
  return count;
}

/** Two lists and not one of pairs: a million pairs would be more work for the collector than for us. */
interface Listed {
  readonly patterns: readonly string[];
  readonly records: readonly RouteRecord[];
}

interface Sorted extends Listed {
  /** Their places in the lists, bucket by bucket. */
  readonly order: Uint32Array;
  /** Where in `order` each bucket ends. */
  readonly ends: Uint32Array;
}

async function list(routes: SnapshotContent['routes'], pace: Pace): Promise<Listed> {
  const patterns: string[] = [];
  const records: RouteRecord[] = [];
  for (const [pattern, record] of routes) {
    patterns.push(pattern);
    if (records.push(record) % STEP === 0 && pace.due) await pace.rest();
  }
  return { patterns, records };
}

// A counting sort that keeps the order within a bucket.
async function sortIntoBuckets(
  listed: Listed,
  spread: { readonly seed: number; readonly bucketBits: number },
  pace: Pace,
): Promise<Sorted> {
  const { patterns } = listed;
  const count = patterns.length;
  const buckets = new Uint32Array(count);
  const ends = new Uint32Array(2 ** spread.bucketBits);
  for (let i = 0; i < count; i++) {
    const bucket = bucketOf(patterns[i]!, spread);
    buckets[i] = bucket;
    ends[bucket]!++;
    if (i % STEP === 0 && pace.due) await pace.rest();
  }
  for (let i = 1; i < ends.length; i++) ends[i]! += ends[i - 1]!;
  const order = new Uint32Array(count);
  const next = ends.slice();
  for (let i = count - 1; i >= 0; i--) {
    order[--next[buckets[i]!]!] = i;
    if (i % STEP === 0 && pace.due) await pace.rest();
  }
  return { ...listed, order, ends };
}

/** Write every bucket; resolves to the index. */
async function addBuckets(
  writer: Writer,
  { patterns, records, order, ends }: Sorted,
  pace: Pace,
): Promise<Buffer> {
  const index = Buffer.alloc((ends.length + 1) * INDEX_ENTRY_BYTES);
  let from = 0;
  for (const [bucket, end] of ends.entries()) {
    const rows = Array.from(order.subarray(from, end), (i) => rowOf(patterns[i]!, records[i]!));
    const bytes = Buffer.from(rows.length === 0 ? '' : JSON.stringify(rows));
    if (bytes.length > MAX_BUCKET_BYTES) throw new SnapshotUnusable('would be too large');
    index.writeUInt32LE(writer.at, bucket * INDEX_ENTRY_BYTES);
    index.writeUInt32LE(crc32(bytes), bucket * INDEX_ENTRY_BYTES + 4);
    await writer.add(bytes);
    from = end;
    if (pace.due) await pace.rest();
  }
  index.writeUInt32LE(writer.at, ends.length * INDEX_ENTRY_BYTES);
  return index;
}

/** Gathers small pieces, so that few writes are made. */
class Writer {
  readonly #file: FileHandle;
  #pieces: Buffer[] = [];
  #gathered = 0;
  /** Where the next piece comes to stand. */
  at: number;

  constructor(file: FileHandle, at: number) {
    this.#file = file;
    this.at = at;
  }

  async add(piece: Buffer): Promise<void> {
    this.at += piece.length;
    if (this.at > MAX_FILE_BYTES) throw new SnapshotUnusable('would be larger than 1 GiB');
    this.#pieces.push(piece);
    this.#gathered += piece.length;
    if (this.#gathered >= CHUNK_BYTES) await this.flush();
  }

  async flush(): Promise<void> {
    const bytes = Buffer.concat(this.#pieces);
    this.#pieces = [];
    const start = this.at - this.#gathered;
    this.#gathered = 0;
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.#file.write(
        bytes,
        done,
        bytes.length - done,
        start + done,
      );
      done += bytesWritten;
    }
  }
}

// Its process id keeps the old and the new process of an upgrade apart.
function temporary(path: string, pid: number): string {
  return `${path}.${pid}.tmp`;
}

// Of edges that were killed while they wrote, and our own of a former life: in a container every process is 1.
async function removeLeftovers(path: string): Promise<void> {
  const folder = dirname(path);
  const start = `${basename(path)}.`;
  for (const name of await readdir(folder)) {
    const pid = name.startsWith(start)
      ? /^(\d+)\.tmp$/.exec(name.slice(start.length))?.[1]
      : undefined;
    if (pid === undefined || (Number(pid) !== process.pid && isAlive(Number(pid)))) continue;
    await rm(join(folder, name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

// The rename is on the disk when its folder is. Not every file system can say so.
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY);
  await folder.sync().catch(() => {});
  await folder.close();
}
