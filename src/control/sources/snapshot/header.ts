import { crc32 } from 'node:zlib';

/** What stands at the start of the file; the source's name and prefix follow it as JSON. */
export const HEADER_BYTES = 64;
/** An offset and a checksum. */
export const INDEX_ENTRY_BYTES = 8;
/** A larger file is neither written nor read. */
export const MAX_FILE_BYTES = 2 ** 30;
/** The source's name and prefix, as JSON. */
export const MAX_META_BYTES = 4096;
/** Routes share a bucket by a seeded hash: about four, of at most half a megabyte each. */
export const MAX_BUCKET_BYTES = 2 ** 24;
const MAX_BUCKET_BITS = 20;
const ROUTES_PER_BUCKET_BITS = 2;
/** The last moment a `Date` can be (ECMA-262, time values). */
const MAX_TIME = 8.64e15;

const MAGIC = 'sluicert';
const VERSION = 1;
const CRC_AT = HEADER_BYTES - 4;

/**
 * The file, all numbers little endian:
 *
 *     header    64 bytes, see `encodeHeader`; ends in its own CRC-32
 *     meta      JSON, which source the routes are from
 *     buckets   JSON, each an array of rows (row.ts)
 *     index     one entry a bucket: u32 offset, u32 CRC-32; and one more, with the end of the last
 *
 * A route is found with two reads: two entries of the index, and the bucket.
 */
export interface Header {
  /** When the routes were last known to be current, in milliseconds since the epoch. */
  readonly asOf: number;
  readonly count: number;
  /** There are 2 to the power of it. */
  readonly bucketBits: number;
  /** So that nobody who may write a route can choose its bucket. */
  readonly seed: number;
  readonly metaBytes: number;
  readonly metaCrc: number;
  readonly indexAt: number;
  readonly fileBytes: number;
}

/** Why a file is not used, to follow its path. */
export class SnapshotUnusable extends Error {}

/** Which source the routes of a snapshot are from. */
export interface SnapshotMeta {
  /** As `SourceStatus.from`: without a password. */
  readonly from: string;
  readonly database: number;
  readonly prefix: string;
}

/** How a file says which source it is of. */
export function encodeMeta({ from, database, prefix }: SnapshotMeta): string {
  return JSON.stringify([from, database, prefix]);
}

/** How many buckets, as a power of two, so many routes are spread over. */
export function bucketBitsFor(count: number): number {
  const bits = Math.ceil(Math.log2(Math.max(1, count))) - ROUTES_PER_BUCKET_BITS;
  return Math.max(0, Math.min(MAX_BUCKET_BITS, bits));
}

/** The bucket of a pattern: FNV-1a from a seed, mixed so that its upper bits are as good as its lower. */
export function bucketOf(
  pattern: string,
  { seed, bucketBits }: Pick<Header, 'seed' | 'bucketBits'>,
): number {
  let hash = seed ^ 0x811c9dc5;
  for (let i = 0; i < pattern.length; i++) {
    hash = Math.imul(hash ^ pattern.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return bucketBits === 0 ? 0 : (hash ^ (hash >>> 16)) >>> (32 - bucketBits);
}

export function encodeHeader(header: Header): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.write(MAGIC, 'latin1');
  bytes.writeUInt32LE(VERSION, 8);
  bytes.writeUInt32LE(header.bucketBits, 12);
  bytes.writeDoubleLE(header.asOf, 16);
  bytes.writeUInt32LE(header.count, 24);
  bytes.writeUInt32LE(header.seed, 28);
  bytes.writeUInt32LE(header.metaBytes, 32);
  bytes.writeUInt32LE(header.metaCrc, 36);
  bytes.writeUInt32LE(header.indexAt, 40);
  bytes.writeUInt32LE(header.fileBytes, 44);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, CRC_AT)), CRC_AT);
  return bytes;
}

/** Read a header, for a file of `size` bytes. Throws `SnapshotUnusable`. */
export function decodeHeader(bytes: Buffer, size: number): Header {
  const isOurs = bytes.length === HEADER_BYTES && bytes.toString('latin1', 0, 8) === MAGIC;
  if (!isOurs) throw new SnapshotUnusable('is not a snapshot of routes');
  const version = bytes.readUInt32LE(8);
  if (version !== VERSION) throw new SnapshotUnusable(`is of version ${version}, not ${VERSION}`);
  const header = readFields(bytes);
  const isWhole = crc32(bytes.subarray(0, CRC_AT)) === bytes.readUInt32LE(CRC_AT);
  if (!isWhole || !isPlausible(header)) throw new SnapshotUnusable('is damaged: its header');
  if (header.fileBytes === size) return header;
  throw new SnapshotUnusable(`is damaged: ${size} bytes instead of ${header.fileBytes}`);
}

function readFields(bytes: Buffer): Header {
  return {
    bucketBits: bytes.readUInt32LE(12),
    asOf: bytes.readDoubleLE(16),
    count: bytes.readUInt32LE(24),
    seed: bytes.readUInt32LE(28),
    metaBytes: bytes.readUInt32LE(32),
    metaCrc: bytes.readUInt32LE(36),
    indexAt: bytes.readUInt32LE(40),
    fileBytes: bytes.readUInt32LE(44),
  };
}

// A checksum does not prove good will.
function isPlausible({ asOf, bucketBits, metaBytes, indexAt, fileBytes }: Header): boolean {
  if (!(asOf >= 0 && asOf <= MAX_TIME) || bucketBits > MAX_BUCKET_BITS) return false;
  if (metaBytes > MAX_META_BYTES || fileBytes > MAX_FILE_BYTES) return false;
  const indexBytes = (2 ** bucketBits + 1) * INDEX_ENTRY_BYTES;
  return indexAt >= HEADER_BYTES + metaBytes && indexAt + indexBytes === fileBytes;
}
