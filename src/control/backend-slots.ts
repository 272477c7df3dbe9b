import { MAX_BACKEND_SLOTS, OVERFLOW_SLOT } from '../worker/backend-state.ts';

interface Slot {
  readonly index: number;
  /** Routes that have this backend in an answer. */
  users: number;
}

/**
 * Gives every backend address in use its slot in the shared backend state. A slot whose last route
 * went away is reused only once its sessions have ended and the workers have heard of it.
 */
export class BackendSlots {
  readonly #slots = new Map<string, Slot>();
  readonly #free: number[] = [];
  #retired: { index: number; at: number }[] = [];
  #next = OVERFLOW_SLOT + 1;
  readonly #activeSessions: (slot: number) => number;

  constructor(activeSessions: (slot: number) => number) {
    this.#activeSessions = activeSessions;
  }

  get size(): number {
    return this.#slots.size;
  }

  /** The backend's slot. Every `acquire` is matched by a `release`. */
  acquire(backend: string): number {
    let slot = this.#slots.get(backend);
    if (slot === undefined) {
      const index = this.#free.pop() ?? this.#fresh();
      if (index === OVERFLOW_SLOT) return OVERFLOW_SLOT;
      slot = { index, users: 0 };
      this.#slots.set(backend, slot);
    }
    slot.users++;
    return slot.index;
  }

  release(backend: string, nowMs: number): void {
    const slot = this.#slots.get(backend);
    if (slot === undefined || --slot.users > 0) return;
    this.#slots.delete(backend);
    this.#retired.push({ index: slot.index, at: nowMs });
  }

  /** Take back the slots retired before `beforeMs` that have no session left. */
  reclaim(beforeMs: number): void {
    this.#retired = this.#retired.filter(({ index, at }) => {
      const busy = at >= beforeMs || this.#activeSessions(index) > 0;
      if (!busy) this.#free.push(index);
      return busy;
    });
  }

  #fresh(): number {
    return this.#next < MAX_BACKEND_SLOTS ? this.#next++ : OVERFLOW_SLOT;
  }
}
