import { FIRST_SLOT, MAX_BACKEND_SLOTS, OVERFLOW_SLOT } from '../../worker/backend-state.ts';

interface Slot {
  readonly index: number;
  /** Routes that have this backend in an answer. */
  users: number;
}

const ROUTE = 'route:';

/** What a route whose sessions are counted is called among the backends: no address is spelled so. */
export function routeSlot(pattern: string): string {
  return ROUTE + pattern;
}

/** The same for those of its sessions that wait: no pattern begins with a blank. */
export function queueSlot(pattern: string): string {
  return `${ROUTE} ${pattern}`;
}

/**
 * Gives every backend address in use, and every route with a limit, its slot in the shared backend
 * state. A slot whose last route
 * went away is reused for another backend only once its sessions have ended and the workers have
 * heard of it; the same backend gets it back, and its sessions still count.
 */
export class BackendSlots {
  readonly #slots = new Map<string, Slot>();
  readonly #free: number[] = [];
  readonly #retired = new Map<string, { readonly index: number; readonly at: number }>();
  #next = FIRST_SLOT;
  readonly #activeSessions: (slot: number) => number;
  #routes = 0;

  constructor(activeSessions: (slot: number) => number) {
    this.#activeSessions = activeSessions;
  }

  /** Backends that have one. */
  get size(): number {
    return this.#slots.size - this.#routes;
  }

  /** Live sessions, as far as they are counted apart. */
  sessions(backend: string): number | null {
    const index = this.#slots.get(backend)?.index ?? this.#retired.get(backend)?.index;
    return index === undefined ? null : this.#activeSessions(index);
  }

  /** Slots below this one may be somebody's. */
  get end(): number {
    return this.#next;
  }

  /** Those that have one, with it. May change while it is walked. */
  *backends(): Generator<readonly [backend: string, slot: number], void> {
    for (const [backend, { index }] of this.#slots) {
      if (!backend.startsWith(ROUTE)) yield [backend, index];
    }
  }

  /** The slot of a backend that has one. */
  slotOf(backend: string): number | null {
    return this.#slots.get(backend)?.index ?? null;
  }

  /** The backend's slot. Every `acquire` is matched by a `release`. */
  acquire(backend: string): number {
    let slot = this.#slots.get(backend);
    if (slot === undefined) {
      const index = this.#revive(backend) ?? this.#free.pop() ?? this.#fresh();
      if (index === OVERFLOW_SLOT) return OVERFLOW_SLOT;
      slot = { index, users: 0 };
      this.#slots.set(backend, slot);
      if (backend.startsWith(ROUTE)) this.#routes++;
    }
    slot.users++;
    return slot.index;
  }

  release(backend: string, nowMs: number): void {
    const slot = this.#slots.get(backend);
    if (slot === undefined || --slot.users > 0) return;
    this.#slots.delete(backend);
    if (backend.startsWith(ROUTE)) this.#routes--;
    this.#retired.set(backend, { index: slot.index, at: nowMs });
  }

  /** Take back slots that often, in which nobody has used them; `taken` hears which. */
  reclaimEvery(milliseconds: number, taken: (slots: readonly number[]) => void): NodeJS.Timeout {
    const reclaim = () => taken(this.reclaim(performance.now() - milliseconds));
    return setInterval(reclaim, milliseconds).unref();
  }

  /** Take back the slots retired before `beforeMs` that have no session left: they may be another's from now on. */
  reclaim(beforeMs: number): readonly number[] {
    const reclaimed: number[] = [];
    for (const [backend, { index, at }] of this.#retired) {
      if (at >= beforeMs || this.#activeSessions(index) > 0) continue;
      this.#retired.delete(backend);
      this.#free.push(index);
      reclaimed.push(index);
    }
    return reclaimed;
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
