import type { Backend } from '../../balance/backend.ts';
import type { Candidates } from '../../balance/candidates.ts';
import { Ended } from '../../termination.ts';
import type { BackendCounts } from '../line-parts.ts';

/** Candidates that have room, where some may have none: each is counted in as it is offered. */
export class Room implements Candidates {
  readonly #candidates: Candidates;
  readonly #counts: BackendCounts;
  /** Counted in and not offered yet. */
  #reserved: Backend | null = null;
  /** Counted in and offered, and not dialled yet. */
  #offered: Backend | null = null;

  constructor(candidates: Candidates, counts: BackendCounts) {
    this.#candidates = candidates;
    this.#counts = counts;
  }

  /** Count the session in with the best candidate that has room; whether one had. */
  reserve(): boolean {
    this.#reserved ??= this.#takeNext();
    return this.#reserved !== null;
  }

  next(): Backend | null {
    this.#offered = this.#reserved ?? this.#takeNext();
    this.#reserved = null;
    return this.#offered;
  }

  /** It is dialled. Throws `Ended` when it was tried before, and is full now. */
  take(backend: Backend): void {
    if (this.#offered === backend) this.#offered = null;
    else if (!takeRoom(this.#counts, backend)) throw new Ended('limited', 'backend');
  }

  /** Nobody will be dialled. */
  leave(): void {
    for (const backend of [this.#reserved, this.#offered])
      if (backend !== null) leaveBackend(this.#counts, backend);
    this.#reserved = null;
    this.#offered = null;
  }

  // Chosen is not taken: another session, or another worker, may have been faster.
  #takeNext(): Backend | null {
    for (;;) {
      const backend = this.#candidates.next();
      if (backend === null || takeRoom(this.#counts, backend)) return backend;
    }
  }
}

/** Count a session out with its backend, and tell whoever waits for that. */
export function leaveBackend(counts: BackendCounts, { slot, max }: Backend): void {
  counts.release(slot);
  if (max !== null) counts.wakeOne(slot);
}

function takeRoom(counts: BackendCounts, { slot, max }: Backend): boolean {
  if (max !== null) return counts.takeBelow(slot, max);
  counts.take(slot);
  return true;
}
