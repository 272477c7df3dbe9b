import { randomBytes } from 'node:crypto';
import type { HashSeed } from './client-hash.ts';

/**
 * Where clients are counted by address, shared by all workers: one block of memory of a fixed size, in
 * buckets of `WAYS` entries. An entry is an address, its live sessions and until when its recent
 * connections count; with no session and that time past, it is free by itself.
 */
export interface ClientTable {
  readonly memory: SharedArrayBuffer;
  readonly workers: number;
  readonly seed: HashSeed;
}

/**
 * Addresses known at once, at most. 24 bytes each and 4 more for each worker, committed as they are touched:
 * 24 MiB and 4 MiB a worker when a million addresses have come, and never more.
 */
export const CLIENT_ENTRIES = 1 << 20;

/** Entries of a bucket. Half full, one bucket in 270 has no room; the table is seldom that full. */
export const WAYS = 16;

/** What a bucket's lock holds while nobody has it; else its holder's number from 1. */
export const UNLOCKED = 0;

/** The table as arrays, one cell an entry; the lock of a bucket is in its first entry's cell. */
export interface ClientCells {
  /** The address: IPv4 behind `IPV4`, or the upper 64 bits of IPv6. */
  readonly high: Int32Array;
  readonly low: Int32Array;
  /** Live sessions over all workers. */
  readonly sessions: Int32Array;
  readonly locks: Int32Array;
  /** GCRA's theoretical arrival time, in milliseconds of the machine's monotonic clock. */
  readonly until: Float64Array;
  /** Live sessions, for each worker. */
  readonly shares: readonly Int32Array[];
}

export function createClientTable(workers: number): ClientTable {
  const seed = randomBytes(8);
  const words = 6 + workers;
  return {
    memory: new SharedArrayBuffer(CLIENT_ENTRIES * words * 4),
    workers,
    seed: [seed.readInt32LE(0), seed.readInt32LE(4)],
  };
}

export function clientCells({ memory, workers }: ClientTable): ClientCells {
  const words = (place: number) =>
    new Int32Array(memory, place * CLIENT_ENTRIES * 4, CLIENT_ENTRIES);
  return {
    until: new Float64Array(memory, 0, CLIENT_ENTRIES),
    high: words(2),
    low: words(3),
    sessions: words(4),
    locks: words(5),
    shares: Array.from({ length: workers }, (_, worker) => words(6 + worker)),
  };
}

/** Take back the sessions of a worker that died, and the lock it may have held. It must not be running. */
export function reclaimClients(table: ClientTable, worker: number): void {
  const { sessions, locks, shares } = clientCells(table);
  const share = shares[worker]!;
  for (let entry = 0; entry < share.length; entry++) {
    if (share[entry] === 0) continue;
    Atomics.sub(sessions, entry, share[entry]!);
    share[entry] = 0;
  }
  for (let bucket = 0; bucket < locks.length; bucket += WAYS) {
    if (Atomics.compareExchange(locks, bucket, worker + 1, UNLOCKED) === worker + 1)
      Atomics.notify(locks, bucket);
  }
}
