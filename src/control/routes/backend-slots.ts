import { MAX_BACKEND_SLOTS, OVERFLOW_SLOT } from '../../worker/backend-state.ts';

interface Slot {
  readonly index: number;
  /** Routes that have this backend in an answer. */
  users: number;
}

/**
 * Gives every backend address in use its slot in the shared backend state. A slot whose last route
 * went away is reused for another backend only once its sessions have ended and the workers have
 * heard of it; the same backend gets it back, and its sessions still count.
 */
export class BackendSlots {
  readonly #slots = new Map<string, Slot>();
  readonly #free: number[] = [];
  readonly #retired = new Map<string, { readonly index: number; readonly at: number }>();
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
      const index = this.#revive(backend) ?? this.#free.pop() ?? this.#fresh();
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
    this.#retired.set(backend, { index: slot.index, at: nowMs });
  }

  /** Take back the slots retired before `beforeMs` that have no session left. */
  reclaim(beforeMs: number): void {
    for (const [backend, { index, at }] of this.#retired) {
      if (at >= beforeMs || this.#activeSessions(index) > 0) continue;
      this.#retired.delete(backend);
      this.#free.push(index);
    }
  }

  #revive(backend: string): number | undefined {
    const retired = this.#retired.get(backend);
    this.#retired.delete(backend);
    return retired?.index;
  }

  #fresh(): number {
    return this.#next < MAX_BACKEND_SLOTS ? this.#next++ : OVERFLOW_SLOT;
  }
}
