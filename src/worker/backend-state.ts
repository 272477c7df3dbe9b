/**
 * Live state of every backend in use, and of every route with a limit, shared by all workers and the
 * control plane. Each has a slot; a slot counts its live sessions. Each worker also counts its own share, so that the control
 * plane can take back what a dead worker held.
 */
export interface BackendStateBuffers {
  readonly total: SharedArrayBuffer;
  /** One per worker. */
  readonly shares: readonly SharedArrayBuffer[];
}

/** Distinct backend addresses in use at once. The memory is committed as slots are touched: 4 bytes each per array. */
export const MAX_BACKEND_SLOTS = 1 << 20;

/** Where sessions of backends beyond `MAX_BACKEND_SLOTS` are counted together. */
export const OVERFLOW_SLOT = 0;

export function createBackendStateBuffers(workers: number): BackendStateBuffers {
  const allocate = () => new SharedArrayBuffer(MAX_BACKEND_SLOTS * Int32Array.BYTES_PER_ELEMENT);
  return { total: allocate(), shares: Array.from({ length: workers }, allocate) };
}

/** One worker's view: counts a session in and out, and reads the count of all workers. */
export class BackendState {
  readonly #total: Int32Array;
  readonly #share: Int32Array;

  constructor(buffers: BackendStateBuffers, worker: number) {
    this.#total = new Int32Array(buffers.total);
    this.#share = new Int32Array(buffers.shares[worker]!);
  }

  activeSessions(slot: number): number {
    return Atomics.load(this.#total, slot);
  }

  take(slot: number): void {
    this.#share[slot] = this.#share[slot]! + 1;
    Atomics.add(this.#total, slot, 1);
  }

  /** Take if that makes no more than `limit`; whether it did. Exact, whatever other workers do meanwhile. */
  takeBelow(slot: number, limit: number): boolean {
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
}

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
