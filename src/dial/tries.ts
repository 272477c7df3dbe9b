import type { Protocol } from '../protocol.ts';
import { Ended } from '../termination.ts';
import { failureTermination, type DialFailure } from './failure.ts';

/** What decides whether a backend is tried, and whether another one is after it. */
export interface TryRules<B> {
  /** Best first, each once. */
  readonly candidates: { next(): B | null };
  readonly protocol: Protocol;
  /** The hello offers `early_data`: a backend may have acted on it. */
  readonly earlyData: boolean;
  /** For one attempt. All of them together have 2.4 times as long. */
  readonly connectTimeoutMs: number;
  /** Further attempts after the first. */
  readonly retries: number;
  /** Why there is no candidate, where the route knows; a few words from a closed set. */
  readonly absence?: string | undefined;
  /** Whether the edge may make one more retry now, which is counted then. */
  readonly maySpend: () => boolean;
  /** The session was ended meanwhile: there is nobody to try for. */
  readonly isOver: () => boolean;
  /** A clock in milliseconds that only goes forward. */
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<void>;
}

// notes/reliability.md 1.3: 2.5 s for an attempt, 6 s in all.
const DEADLINE_TIMEOUTS = 2.4;
// Before a backend that failed is tried again: 250 ms of the default 2.5 s, time enough for a
// process that restarts to listen again, too little for a client to notice.
const PAUSE_SHARE = 0.1;
// notes/reliability.md 1.3: a backend that takes longer to turn the head down has looked at it.
const HEAD_WINDOW_MS = 1000;
/** What a session would not have failed of that the edge had more of. */
const OURS: readonly DialFailure[] = ['resources', 'source-ports'];
const BUDGET_SPENT = 'retry budget spent';

/**
 * The attempts of one session at finding a backend: how many were made, what came of them, and
 * whether there may be another.
 *
 * A retry is safe while the backend cannot have acted on anything: until it is connected, always;
 * then, once, if it turned a TLS hello without `early_data` down without a byte.
 */
export class Tries<B> {
  readonly #rules: TryRules<B>;
  readonly #deadline: number;
  #made = 0;
  #headRefused = false;
  #failures: DialFailure[] = [];
  /** Tried and failed, the longest ago first. */
  #failed: B[] = [];

  constructor(rules: TryRules<B>) {
    this.#rules = rules;
    this.#deadline = rules.now() + rules.connectTimeoutMs * DEADLINE_TIMEOUTS;
  }

  /** The first backend. Throws `Ended` where there is none. */
  first(): B {
    const backend = this.#rules.candidates.next();
    if (backend === null) throw new Ended('no-backend', this.#rules.absence ?? 'no candidate');
    return backend;
  }

  /** An attempt begins: how long it may take. */
  begin(): number {
    this.#made++;
    // The first has all the time there is.
    if (this.#made === 1) return this.#rules.connectTimeoutMs;
    return Math.min(this.#rules.connectTimeoutMs, this.#remainingMs());
  }

  /** How long to watch, from `now`, for a backend that turns the head down; 0 where nothing could be done about it. */
  headWindowMs(now: number): number {
    if (this.#headRefused || !this.#headMayBeResent() || this.#made > this.#rules.retries) return 0;
    return Math.max(0, Math.min(HEAD_WINDOW_MS, this.#deadline - now));
  }

  /**
   * The attempt failed: the backend for the next one, after a pause if it has failed before. Throws
   * `Ended` where there must not be a next one.
   */
  async next(backend: B, failure: DialFailure, cause: unknown): Promise<B> {
    this.#failures.push(failure);
    this.#failed.push(backend);
    const safe = failure !== 'reset' || this.#spendHead();
    if (!safe || !this.#mayTryAgain()) throw this.#ended(cause);
    if (!this.#rules.maySpend()) throw this.#ended(cause, BUDGET_SPENT);
    const fresh = this.#rules.candidates.next();
    if (fresh !== null) return fresh;
    await this.#rules.wait(this.#rules.connectTimeoutMs * PAUSE_SHARE);
    if (!this.#mayTryAgain()) throw this.#ended(cause);
    return this.#failed.shift()!;
  }

  // Connected and then reset: what was written may have been read, so this is the head's one retry.
  #spendHead(): boolean {
    const unspent = !this.#headRefused;
    this.#headRefused = true;
    return unspent && this.#headMayBeResent();
  }

  #headMayBeResent(): boolean {
    return this.#rules.protocol === 'tls' && !this.#rules.earlyData;
  }

  #mayTryAgain(): boolean {
    const { retries, isOver } = this.#rules;
    return this.#made <= retries && this.#remainingMs() > 0 && !isOver();
  }

  #remainingMs(): number {
    return this.#deadline - this.#rules.now();
  }

  // Our own want of resources explains the failures of others, so it is what the session ends in.
  #ended(cause: unknown, ...why: readonly string[]): Ended {
    const failure = this.#failures.find((one) => OURS.includes(one)) ?? this.#failures.at(-1)!;
    const words = [...this.#failures.map((one) => one.replace('-', ' ')), ...why];
    return new Ended(failureTermination(failure), words.join(', '), cause);
  }
}
