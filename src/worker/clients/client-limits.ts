import { UNCOUNTED, type ClientCounts, type ClientVerdict } from '../../session/line-parts.ts';
import { hashClient } from './client-hash.ts';
import {
  CLIENT_ENTRIES,
  clientCells,
  UNLOCKED,
  WAYS,
  type ClientCells,
  type ClientTable,
} from './client-table.ts';

/** What one client address may have. `null`: any number. */
export interface ClientLimits {
  /** Live sessions of all workers. */
  readonly sessions: number | null;
  /** New sessions a second; twice as many at once. */
  readonly rate: number | null;
}

// No client has an address in ff00::/8, multicast.
const IPV4 = -1;
/** A second's worth of new connections may come twice over at once. */
const BURST_SECONDS = 2;
// Under the lock is a walk over one bucket. Whoever has it may have been taken off its core meanwhile.
const SPINS = 200;
const LOCK_WAIT_MS = 1;
/** Then its holder has died under it, and the control plane takes it back soon: the client goes uncounted. */
const MAX_LOCK_WAITS = 50;

export interface ClientCounterParts {
  /** In milliseconds; never goes back, and is the same in all threads. */
  readonly now: () => number;
  /** There was no room for a client, and it is let in all the same. */
  readonly onUncounted: () => void;
}

/** One worker's view of the table: counts clients in and out, exactly over all workers. */
export class ClientCounter implements ClientCounts {
  readonly #table: ClientTable;
  readonly #cells: ClientCells;
  readonly #share: Int32Array;
  readonly #holder: number;
  readonly #maxSessions: number;
  /** Milliseconds that one connection takes of an address, and how far ahead of time it may be. */
  readonly #interval: number;
  readonly #tolerance: number;
  readonly #keepsCount: boolean;
  readonly #now: () => number;
  readonly #onUncounted: () => void;

  constructor(
    table: ClientTable,
    worker: number,
    limits: ClientLimits,
    { now, onUncounted }: ClientCounterParts,
  ) {
    this.#table = table;
    this.#cells = clientCells(table);
    this.#share = this.#cells.shares[worker]!;
    this.#holder = worker + 1;
    this.#maxSessions = limits.sessions ?? Infinity;
    this.#keepsCount = limits.sessions !== null;
    this.#interval = limits.rate === null ? 0 : 1000 / limits.rate;
    this.#tolerance = BURST_SECONDS * 1000 - this.#interval;
    this.#now = now;
    this.#onUncounted = onUncounted;
  }

  /**
   * Count a new session of this address, 4 or 16 bytes, in: where, for `release`, or the limit it is
   * over. `UNCOUNTED` when nobody can be made to leave its bucket: a full table locks nobody out.
   */
  take(address: Uint8Array): ClientVerdict {
    const high = address.length === 4 ? IPV4 : wordAt(address, 0);
    const low = wordAt(address, address.length === 4 ? 0 : 4);
    const bucket = hashClient(high, low, this.#table.seed) & (CLIENT_ENTRIES - WAYS);
    if (!this.#lock(bucket)) return this.#letIn();
    const entry = this.#find(bucket, high, low);
    const verdict = entry === -1 ? this.#letIn() : this.#takeAt(entry);
    Atomics.store(this.#cells.locks, bucket, UNLOCKED);
    return verdict;
  }

  /** Count a session out that `take` counted at this entry. Needs no lock: an entry with sessions keeps its address. */
  release(entry: number): void {
    Atomics.sub(this.#cells.sessions, entry, 1);
    this.#share[entry] = this.#share[entry]! - 1;
  }

  #letIn(): ClientVerdict {
    this.#onUncounted();
    return UNCOUNTED;
  }

  #takeAt(entry: number): ClientVerdict {
    const { sessions, until } = this.#cells;
    if (Atomics.load(sessions, entry) >= this.#maxSessions) return 'ip';
    const now = this.#now();
    const ahead = Math.max(until[entry]! - now, 0);
    if (this.#interval > 0 && ahead > this.#tolerance) return 'rate';
    until[entry] = now + ahead + this.#interval;
    if (!this.#keepsCount) return UNCOUNTED;
    // First, as in `BackendState.take`: a worker that dies in between leaves room for one more, never less.
    this.#share[entry] = this.#share[entry]! + 1;
    Atomics.add(sessions, entry, 1);
    return entry;
  }

  // Its own entry, else one that is free, else the one without sessions whose recent connections are soonest
  // forgotten: whoever floods is the last to be. -1 when all have sessions.
  #find(bucket: number, high: number, low: number): number {
    const { high: highs, low: lows, sessions, until } = this.#cells;
    let best = -1;
    for (let entry = bucket; entry < bucket + WAYS; entry++) {
      if (highs[entry] === high && lows[entry] === low) return entry;
      if (Atomics.load(sessions, entry) > 0) continue;
      if (best === -1 || until[entry]! < until[best]!) best = entry;
    }
    if (best === -1) return best;
    until[best] = 0;
    Atomics.store(sessions, best, 0);
    lows[best] = low;
    highs[best] = high;
    return best;
  }

  #lock(bucket: number): boolean {
    const { locks } = this.#cells;
    for (let tries = 0; tries < SPINS + MAX_LOCK_WAITS; tries++) {
      const holder = Atomics.compareExchange(locks, bucket, UNLOCKED, this.#holder);
      if (holder === UNLOCKED) return true;
      if (tries >= SPINS) Atomics.wait(locks, bucket, holder, LOCK_WAIT_MS);
    }
    return false;
  }
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}
