import type { SourceLog } from '../source.ts';

// A cause that alternates with another is not news each time.
const MAX_CAUSES_LOGGED = 5;
/** One that comes and goes is told this often, and what lasts is told after this long at the latest. */
const QUIET_MS = 10_000;

/** What is logged of losing Redis and getting it back: one line for each cause, one for the end. */
export class Outage {
  readonly #log: SourceLog;
  readonly #redis: string;
  readonly #now: () => number;
  readonly #logged = new Set<string>();
  #since: number | null = null;
  #quietUntil = -Infinity;

  constructor(log: SourceLog, redis: string, now: () => number = Date.now) {
    this.#log = log;
    this.#redis = redis;
    this.#now = now;
  }

  /** Since when Redis is away, in milliseconds since the epoch; `null` while it is there. */
  get since(): number | null {
    return this.#since;
  }

  /** Redis is away: call it again for each try that fails. */
  lost(problem: string, routes: number): void {
    this.#since ??= this.#now();
    if (this.#logged.has(problem) || this.#logged.size >= MAX_CAUSES_LOGGED) return;
    if (this.#now() < this.#quietUntil) return;
    this.#logged.add(problem);
    const fields = { redis: this.#redis, problem, routes };
    this.#log.warn(fields, 'Redis is not available: the routes known so far stay in use');
  }

  /** Redis is there and has been read. */
  ended(routes: number): void {
    const fields = { redis: this.#redis, routes };
    const since = this.#since;
    this.#since = null;
    if (since === null) return this.#log.info(fields, 'routes read from Redis');
    // Who was not told of the outage is not told of its end.
    if (this.#logged.size === 0) return;
    this.#logged.clear();
    this.#quietUntil = this.#now() + QUIET_MS;
    this.#log.info({ ...fields, awayMs: this.#now() - since }, 'Redis is back, routes read');
  }
}
