import type { Answered, Lookup } from '../../worker/messages.ts';
import type { Directory } from '../routes/directory.ts';
import type { HttpAge } from '../routes/http-age.ts';
import type { RouteSource } from '../sources/source.ts';
import { Answers } from './answers.ts';

/** Who knows the answers, and the way to the workers. */
export interface LookupParts {
  readonly directory: Directory;
  readonly httpAge: () => HttpAge;
  readonly source: RouteSource;
  readonly send: (worker: number, answers: readonly Answered[]) => void;
}

/** Answers what the workers ask. */
export class Lookups {
  readonly #parts: LookupParts;
  readonly #answers: Answers;

  constructor(parts: LookupParts) {
    this.#parts = parts;
    this.#answers = new Answers(parts.send);
  }

  answer(worker: number, lookups: readonly Lookup[]): void {
    const { directory, httpAge, source } = this.#parts;
    const { staleSince, snapshot } = source.status;
    const isLoading = snapshot?.loading ?? false;
    if (staleSince !== null && !isLoading) directory.giveUpWaiting();
    for (const { lookup, name, protocol } of lookups) {
      const isTooOld = () => protocol === 'http' && httpAge().expired;
      void directory.answer(name, protocol, (found) => {
        const answer = isTooOld() ? ({ kind: 'unavailable' } as const) : found;
        this.#answers.give(worker, { lookup, answer });
      });
    }
  }

  /** Whoever tells the workers to forget something does this first. */
  flush(): void {
    this.#answers.flush();
  }
}
