import { constants, open, type FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { RouteRecord } from '../routes/route-record.ts';
import {
  bucketOf,
  decodeHeader,
  encodeMeta,
  HEADER_BYTES,
  INDEX_ENTRY_BYTES,
  MAX_BUCKET_BYTES,
  MAX_FILE_BYTES,
  SnapshotUnusable,
  type Header,
  type SnapshotMeta,
} from './header.ts';
import { Pace } from '../routes/pace.ts';
import { entryOf, patternOf, type RouteEntry } from './row.ts';

/** Entries of the index read at once: with the buckets they point at, well below a megabyte. */
const INDEX_STEP = 512;

/** Where the routes of a bucket are, and their checksum. */
interface Bucket {
  readonly at: number;
  readonly end: number;
  readonly crc: number;
}

/**
 * Routes that were saved before: usable at once, name by name, and a little later as a whole. Nothing
 * in it is believed without its checksum, and nothing is held that no other source may give.
 */
export class SnapshotFile implements AsyncDisposable {
  /** When its routes were last known to be current, in milliseconds since the epoch. */
  readonly asOf: number;
  readonly count: number;
  readonly #file: FileHandle;
  readonly #header: Header;

  constructor(file: FileHandle, header: Header) {
    this.#file = file;
    this.#header = header;
    this.asOf = header.asOf;
    this.count = header.count;
  }

  /** One route, or `null`, by two reads of the file. Rejects with `SnapshotUnusable`. */
  async find(pattern: string): Promise<RouteRecord | null> {
    const index = bucketOf(pattern, this.#header);
    const [bucket] = await this.#buckets(index, 1);
    const rows = rowsIn(await this.#bytes(bucket!.at, bucket!.end), bucket!);
    // One that changed while the file was written may be there twice: the last is the newest.
    const row = rows.findLast((one) => patternOf(one) === pattern);
    return row === undefined ? null : routeIn(row)[1];
  }

  /** All routes, a few milliseconds' worth at a time; of a pattern told twice the last holds. Rejects with `SnapshotUnusable`. */
  async *load(): AsyncGenerator<readonly RouteEntry[], void> {
    const pace = new Pace();
    const total = 2 ** this.#header.bucketBits;
    let slice: RouteEntry[] = [];
    for (let from = 0; from < total; from += INDEX_STEP) {
      const buckets = await this.#buckets(from, Math.min(INDEX_STEP, total - from));
      for await (const bytes of this.#inOrder(buckets)) {
        for (const row of bytes) slice.push(routeIn(row));
        if (!pace.due) continue;
        yield slice;
        slice = [];
        await pace.rest();
      }
    }
    yield slice;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }

  /** The rows of each bucket, read together where they are small. */
  async *#inOrder(buckets: readonly Bucket[]): AsyncGenerator<readonly unknown[], void> {
    const first = buckets[0]!.at;
    const last = buckets.at(-1)!.end;
    const together = last - first <= MAX_BUCKET_BYTES ? await this.#bytes(first, last) : null;
    for (const bucket of buckets) {
      const { at, end } = bucket;
      yield rowsIn(
        together?.subarray(at - first, end - first) ?? (await this.#bytes(at, end)),
        bucket,
      );
    }
  }

  async #buckets(from: number, count: number): Promise<readonly Bucket[]> {
    const { indexAt } = this.#header;
    const at = indexAt + from * INDEX_ENTRY_BYTES;
    const index = await this.#bytes(at, at + (count + 1) * INDEX_ENTRY_BYTES);
    return Array.from({ length: count }, (_, i) => this.#bucket(index, i * INDEX_ENTRY_BYTES));
  }

  #bucket(index: Buffer, entryAt: number): Bucket {
    const at = index.readUInt32LE(entryAt);
    const end = index.readUInt32LE(entryAt + INDEX_ENTRY_BYTES);
    const { indexAt, metaBytes } = this.#header;
    const isWithin = at >= HEADER_BYTES + metaBytes && at <= end && end <= indexAt;
    if (!isWithin || end - at > MAX_BUCKET_BYTES) throw damaged('its index');
    return { at, end, crc: index.readUInt32LE(entryAt + 4) };
  }

  #bytes(at: number, end: number): Promise<Buffer> {
    return readBytes(this.#file, at, end);
  }
}

/**
 * Open the snapshot of a source; `null` when there is no file. Rejects with `SnapshotUnusable` when
 * there is one that is not to be used.
 */
export async function openSnapshot(path: string, meta: SnapshotMeta): Promise<SnapshotFile | null> {
  const file = await openFile(path);
  if (file === null) return null;
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new SnapshotUnusable('is not a file');
    if (stat.size > MAX_FILE_BYTES) throw new SnapshotUnusable('is larger than 1 GiB');
    const header = await readHeader(file, stat.size);
    await checkMeta(file, header, meta);
    return new SnapshotFile(file, header);
  } catch (error) {
    await file.close();
    throw error instanceof SnapshotUnusable ? error : unreadable(error);
  }
}

/** Read the header of an open file of `size` bytes. Rejects with `SnapshotUnusable`. */
export async function readHeader(file: FileHandle, size: number): Promise<Header> {
  if (size < HEADER_BYTES) throw new SnapshotUnusable('is not a snapshot of routes');
  return decodeHeader(await readBytes(file, 0, HEADER_BYTES), size);
}

async function openFile(path: string): Promise<FileHandle | null> {
  try {
    // A pipe put in its place must not make us wait for a writer.
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw unreadable(error);
  }
}

async function checkMeta(file: FileHandle, header: Header, meta: SnapshotMeta): Promise<void> {
  const bytes = await readBytes(file, HEADER_BYTES, HEADER_BYTES + header.metaBytes);
  if (crc32(bytes) !== header.metaCrc) throw damaged('its header');
  if (bytes.toString() === encodeMeta(meta)) return;
  const { from, database, prefix } = meta;
  throw new SnapshotUnusable(
    `is not of ${from}, database ${database}, prefix ${JSON.stringify(prefix)}`,
  );
}

function rowsIn(bytes: Buffer, { crc }: Bucket): readonly unknown[] {
  if (crc32(bytes) !== crc) throw damaged('some of its routes');
  if (bytes.length === 0) return [];
  try {
    const rows: unknown = JSON.parse(bytes.toString());
    if (Array.isArray(rows)) return rows;
  } catch {
    // Said below: it is as bad as what is no list.
  }
  throw damaged('some of its routes');
}

function routeIn(row: unknown): RouteEntry {
  const entry = entryOf(row);
  if (entry === null) throw new SnapshotUnusable('holds what no route can be');
  return entry;
}

async function readBytes(file: FileHandle, at: number, end: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(end - at);
  for (let done = 0; done < bytes.length;) {
    const { bytesRead } = await file
      .read(bytes, done, bytes.length - done, at + done)
      .catch((error: unknown) => {
        throw unreadable(error);
      });
    if (bytesRead === 0) throw damaged('it became shorter');
    done += bytesRead;
  }
  return bytes;
}

function damaged(what: string): SnapshotUnusable {
  return new SnapshotUnusable(`is damaged: ${what}`);
}

function unreadable(error: unknown): SnapshotUnusable {
  return new SnapshotUnusable(`cannot be read: ${codeOf(error) ?? String(error)}`);
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
