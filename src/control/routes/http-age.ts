import type { SourceStatus } from '../sources/source.ts';

const LOOK_MS = 1000;

export interface HttpAgeOptions {
  /** Routes older than this serve no plain HTTP. */
  readonly maxAgeMs: number;
  readonly status: () => SourceStatus;
  /** They have just become too old: what workers remember has to be asked again. */
  readonly onExpired: () => void;
}

/**
 * Bounds how old a route may be that plain HTTP is sent by. A stale TLS route fails safe, because the
 * wrong backend cannot show the right certificate; a stale plain one would tell a stranger everything.
 */
export class HttpAge implements Disposable {
  readonly #options: HttpAgeOptions;
  readonly #timer: NodeJS.Timeout;
  #expired = false;

  constructor(options: HttpAgeOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.look(), LOOK_MS);
    this.#timer.unref();
  }

  /** Plain HTTP is to be refused: as of the last look. */
  get expired(): boolean {
    return this.#expired;
  }

  /** Once a second by itself; by whoever knows that the routes have just become older or younger. */
  look(): void {
    const { maxAgeMs, status, onExpired } = this.#options;
    const before = this.#expired;
    this.#expired = routeAge(status(), Date.now()) > maxAgeMs;
    if (this.#expired && !before) onExpired();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

/** For how long the routes in use may have missed changes, in milliseconds; `now` since the epoch. */
export function routeAge({ snapshotAt, staleSince }: SourceStatus, now: number): number {
  const currentAt = snapshotAt ?? staleSince;
  return currentAt === null ? 0 : now - currentAt;
}
