import type { RouteSource, SourceLog } from '../source.ts';
import { WaitingNames } from './waiting-names.ts';

/** How often the same name is called for by this edge. A little less than all edges together may. */
const CALL_MS = 900;
/** Names called for within that time. Beyond it, names are called for in their turn. */
const MAX_NAMES = 1000;
/** How often it is said that nobody can be called. */
const COMPLAINT_MS = 60_000;

/**
 * Has backends started for the names that clients wait for, each about once a second. Where they are too
 * many for that, routes take turns: whoever asks for ever other names under a wildcard delays its own.
 */
export class WakerCalls {
  readonly #source: RouteSource;
  readonly #log: SourceLog;
  readonly #now: () => number;
  /** When each name was called for last, the longest ago first. */
  readonly #called = new Map<string, number>();
  readonly #waiting = new WaitingNames();
  #isComing = false;
  #complainedAt = -Infinity;

  constructor(source: RouteSource, log: SourceLog, now: () => number = () => performance.now()) {
    this.#source = source;
    this.#log = log;
    this.#now = now;
  }

  /** A client waits for this name, which this pattern answers. */
  call(name: string, pattern: string): void {
    if (this.#source.callWaker === undefined) return;
    this.#forgetCalled();
    if (!this.#called.has(name)) this.#waiting.add(name, pattern);
    this.#callThoseNext();
  }

  #callThoseNext(): void {
    this.#forgetCalled();
    while (this.#called.size < MAX_NAMES) {
      const name = this.#waiting.next();
      if (name === null) return;
      this.#callNow(name);
    }
    if (this.#waiting.size > 0) this.#callLater();
  }

  #callNow(name: string): void {
    this.#called.set(name, this.#now());
    this.#source.callWaker!(name).then(
      (call) => {
        if (call === 'called-alone') this.#complain('every edge calls: SET is refused');
      },
      (error: unknown) => this.#complain(error instanceof Error ? error.message : String(error)),
    );
  }

  #callLater(): void {
    if (this.#isComing) return;
    this.#isComing = true;
    const [[, longestAgo] = ['', 0]] = this.#called;
    const comeAgain = () => {
      this.#isComing = false;
      this.#callThoseNext();
    };
    setTimeout(comeAgain, longestAgo + CALL_MS - this.#now()).unref();
  }

  #forgetCalled(): void {
    const time = this.#now() - CALL_MS;
    for (const [name, at] of this.#called) {
      if (at > time) return;
      this.#called.delete(name);
    }
  }

  #complain(problem: string): void {
    if (this.#now() - this.#complainedAt < COMPLAINT_MS) return;
    this.#complainedAt = this.#now();
    this.#log.warn({ problem }, 'a backend that clients wait for may not be started');
  }
}
