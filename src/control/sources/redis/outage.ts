import type { SourceLog } from '../source.ts';

// A cause that alternates with another is not news each time.
const MAX_CAUSES_LOGGED = 5;

/** What is logged of losing Redis and getting it back: one line for each cause, one for the end. */
export class Outage {
  readonly #log: SourceLog;
  readonly #redis: string;
  readonly #logged = new Set<string>();
  #since: number | null = null;

  constructor(log: SourceLog, redis: string) {
    this.#log = log;
    this.#redis = redis;
  }

  /** Since when Redis is away, in milliseconds since the epoch; `null` while it is there. */
  get since(): number | null {
    return this.#since;
  }

  lost(problem: string, routes: number): void {
    this.#since ??= Date.now();
    if (this.#logged.has(problem) || this.#logged.size >= MAX_CAUSES_LOGGED) return;
    this.#logged.add(problem);
    const fields = { redis: this.#redis, problem, routes };
    this.#log.warn(fields, 'Redis is not available: the routes known so far stay in use');
  }

  /** Redis is there and has been read. */
  ended(routes: number): void {
    const fields = { redis: this.#redis, routes };
    if (this.#since === null) this.#log.info(fields, 'routes read from Redis');
    else
      this.#log.info({ ...fields, awayMs: Date.now() - this.#since }, 'Redis is back, routes read');
    this.#since = null;
    this.#logged.clear();
  }
}
