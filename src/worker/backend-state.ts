/**
 * Live state of every backend in use, and of every route with a limit, shared by all workers and the
 * control plane. Each has a slot; a slot counts its live sessions. Each worker also counts its own share, so that the control
 * plane can take back what a dead worker held.
 */
export interface BackendStateBuffers {
  readonly total: SharedArrayBuffer;
  /** One per worker. */
  readonly shares: readonly SharedArrayBuffer[];
  /** A byte a slot: a session has taken it since the control plane looked last. */
  readonly used: SharedArrayBuffer;
}

/** Distinct backend addresses in use at once. The memory is committed as slots are touched: 4 bytes each per array. */
export const MAX_BACKEND_SLOTS = 1 << 20;

/** Where sessions of backends beyond `MAX_BACKEND_SLOTS` are counted together. */
export const OVERFLOW_SLOT = 0;
/** Where all sessions of the edge are counted. */
export const TOTAL_SLOT = 1;
/** The first that a backend or a route may have. */
export const FIRST_SLOT = 2;

export function createBackendStateBuffers(workers: number): BackendStateBuffers {
  const allocate = () => new SharedArrayBuffer(MAX_BACKEND_SLOTS * Int32Array.BYTES_PER_ELEMENT);
  const used = new SharedArrayBuffer(MAX_BACKEND_SLOTS);
  return { total: allocate(), shares: Array.from({ length: workers }, allocate), used };
}

/** One worker's view: counts a session in and out, and reads the count of all workers. */
export class BackendState {
  readonly #total: Int32Array;
  readonly #share: Int32Array;
  readonly #used: Uint8Array;

  constructor(buffers: BackendStateBuffers, worker: number) {
    this.#total = new Int32Array(buffers.total);
    this.#share = new Int32Array(buffers.shares[worker]!);
    this.#used = new Uint8Array(buffers.used);
  }

  activeSessions(slot: number): number {
    return Atomics.load(this.#total, slot);
  }

  take(slot: number): void {
    this.#used[slot] = 1;
    this.#share[slot] = this.#share[slot]! + 1;
    Atomics.add(this.#total, slot, 1);
  }

  /** Take if that makes no more than `limit`; whether it did. Exact, whatever other workers do meanwhile. */
  takeBelow(slot: number, limit: number): boolean {
    this.#used[slot] = 1;
    // First, as in `take`: a worker that dies in between leaves room for one more, never for one less.
    const share = this.#share[slot]!;
    this.#share[slot] = share + 1;
    let count = Atomics.load(this.#total, slot);
    while (count < limit) {
      const found = Atomics.compareExchange(this.#total, slot, count, count + 1);
      if (found === count) return true;
      count = found;
    }
    this.#share[slot] = share;
    return false;
  }

  release(slot: number): void {
    Atomics.sub(this.#total, slot, 1);
    this.#share[slot] = this.#share[slot]! - 1;
  }

  /**
   * Resolves when `wakeOne` comes to whoever waits here, or after `timeoutMs`; `null` when the slot has
   * not `seen` sessions any more. Those who wait come in order, of whatever worker they are.
   */
  untilLeft(slot: number, seen: number, timeoutMs: number): Promise<unknown> | null {
    const wait = waitAsync(this.#total, slot, seen, timeoutMs);
    return wait.async ? wait.value : null;
  }

  /** Tell one who waits for room on this slot. Costs nothing that counts when nobody does. */
  wakeOne(slot: number): void {
    Atomics.notify(this.#total, slot, 1);
  }
}

type WaitAsync = (
  cells: Int32Array,
  at: number,
  seen: number,
  timeoutMs: number,
) => { async: false } | { async: true; value: Promise<unknown> };

// ES2024; every Node we run on has it.
const { waitAsync } = Atomics as unknown as { waitAsync: WaitAsync };

/** Sessions of one slot over all workers, for the control plane. */
export function activeSessions(buffers: BackendStateBuffers, slot: number): number {
  return Atomics.load(new Int32Array(buffers.total, slot * 4, 1), 0);
}

/** Take back the sessions of a worker that died. It must not be running. */
export function reclaimShare(buffers: BackendStateBuffers, worker: number): void {
  const total = new Int32Array(buffers.total);
  const share = new Int32Array(buffers.shares[worker]!);
  for (let slot = 0; slot < share.length; slot++) {
    if (share[slot] === 0) continue;
    Atomics.sub(total, slot, share[slot]!);
    share[slot] = 0;
  }
}
