import type { Termination } from '../termination.ts';
import type { Session } from './session.ts';

/** The live sessions of one worker, in the order of their arrival: a list through the sessions themselves. */
export class Roster {
  #first: Session | null = null;
  #last: Session | null = null;
  #size = 0;
  #onEmpty: (() => void) | null = null;
  /** Whom the walk visits next. */
  #next: Session | null = null;

  get size(): number {
    return this.#size;
  }

  add(session: Session): void {
    session.before = this.#last;
    if (this.#last === null) this.#first = session;
    else this.#last.after = session;
    this.#last = session;
    this.#size += 1;
  }

  remove(session: Session): void {
    const { before, after } = session;
    if (session === this.#next) this.#next = after;
    if (before === null) this.#first = after;
    else before.after = after;
    if (after === null) this.#last = before;
    else after.before = before;
    session.before = null;
    session.after = null;
    this.#size -= 1;
    if (this.#size === 0) this.#onEmpty?.();
  }

  /** Every live session. The one that is given may be removed. */
  *[Symbol.iterator](): Generator<Session, void> {
    let session = this.#first;
    while (session !== null) {
      const { after } = session;
      yield session;
      session = after;
    }
  }

  /** Begin to visit every live session, a few at a time. There is one walk at once. */
  walk(): void {
    this.#next = this.#first;
  }

  /** Visit up to `count` more, who may be removed by it; whether the walk goes on. */
  step(count: number, visit: (session: Session) => void): boolean {
    for (let left = count; left > 0 && this.#next !== null; left--) {
      const session = this.#next;
      this.#next = session.after;
      visit(session);
    }
    return this.#next !== null;
  }

  /** Resolves when no session is live. */
  async whenEmpty(): Promise<void> {
    if (this.#size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  endAll(termination: Termination): void {
    for (const session of this) session.end(termination);
  }
}
