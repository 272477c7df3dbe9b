import type { RouteSource, SourceLog } from '../source.ts';

/** How often the same name is called for by this edge. A little less than all edges together may. */
const CALL_MS = 900;
/** Names called for lately. Beyond it, under a wildcard that wakes, names are called for in their turn. */
const MAX_NAMES = 1000;
/** How often it is said that nobody can be called. */
const COMPLAINT_MS = 60_000;

/** Has backends started for the names that clients wait for, each about once a second. */
export class WakerCalls {
  readonly #source: RouteSource;
  readonly #log: SourceLog;
  readonly #now: () => number;
  /** When each name was called for last, the longest ago first. */
  readonly #called = new Map<string, number>();
  #complainedAt = -Infinity;

  constructor(source: RouteSource, log: SourceLog, now: () => number = () => performance.now()) {
    this.#source = source;
    this.#log = log;
    this.#now = now;
  }

  /** A client waits for this name. */
  call(name: string): void {
    const now = this.#now();
    this.#forgetBefore(now - CALL_MS);
    if (this.#source.callWaker === undefined || this.#called.has(name)) return;
    if (this.#called.size >= MAX_NAMES) return;
    this.#called.set(name, now);
    this.#source.callWaker(name).then(
      (call) => {
        if (call === 'called-alone') this.#complain('every edge calls: SET is refused');
      },
      (error: unknown) => this.#complain(error instanceof Error ? error.message : String(error)),
    );
  }

  #forgetBefore(time: number): void {
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
