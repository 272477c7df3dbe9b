import { performance } from 'node:perf_hooks';
import type { LineParts } from './line-parts.ts';

/** What one session takes from the retry budget. It is all given back once it has its backend: nothing was multiplied then. */
export class SpentRetries {
  readonly #parts: Pick<LineParts, 'retryBudget' | 'observe'>;
  /** When each was taken; as many as `--connect-retries` at most. */
  #at: number[] | null = null;

  constructor(parts: Pick<LineParts, 'retryBudget' | 'observe'>) {
    this.#parts = parts;
    parts.retryBudget?.began(performance.now());
  }

  /** Whether there may be one more. */
  spend(): boolean {
    const { retryBudget, observe } = this.#parts;
    if (retryBudget === null) return true;
    const now = performance.now();
    if (retryBudget.spend(now)) {
      this.#at ??= [];
      this.#at.push(now);
      return true;
    }
    observe.retryDenied();
    return false;
  }

  /** The session has its backend. */
  giveBack(): void {
    if (this.#at === null) return;
    const now = performance.now();
    for (const at of this.#at) this.#parts.retryBudget?.giveBack(at, now);
    this.#at = null;
  }
}
