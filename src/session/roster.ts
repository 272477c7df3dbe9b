import type { Termination } from '../termination.ts';
import type { Session } from './session.ts';

/** The live sessions of one worker. */
export class Roster {
  readonly #live = new Set<Session>();
  #onEmpty: (() => void) | null = null;

  get size(): number {
    return this.#live.size;
  }

  add(session: Session): void {
    this.#live.add(session);
  }

  remove(session: Session): void {
    this.#live.delete(session);
    if (this.#live.size === 0) this.#onEmpty?.();
  }

  /** Every live session, in the order of their arrival. */
  [Symbol.iterator](): IterableIterator<Session> {
    return this.#live.values();
  }

  /** Resolves when no session is live. */
  async whenEmpty(): Promise<void> {
    if (this.#live.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  endAll(termination: Termination): void {
    for (const session of this.#live) session.end(termination);
  }
}
