/** Lines for one feed, each ending in a newline, and how many more there would have been. */
export interface FeedMessage {
  readonly feed: number;
  readonly lines: string;
  readonly missed: number;
}

// Soon enough to feel live, seldom enough for a worker to send ten messages a second at most.
const FLUSH_MS = 100;

/**
 * Collects the lines of one feed, so many a second at most: what waits to be sent is no more than that,
 * and what is not written costs nothing to make.
 */
export class FeedLines {
  readonly #feed: number;
  readonly #perSecond: number;
  readonly #post: (message: FeedMessage) => void;
  readonly #now: () => number;
  #lines = '';
  #missed = 0;
  /** Left of the second that began then. */
  #left = 0;
  #since = -Infinity;
  #timer: NodeJS.Timeout | null = null;

  /** `now` in milliseconds, of a clock that only goes forward. */
  constructor(
    feed: number,
    perSecond: number,
    post: (message: FeedMessage) => void,
    now: () => number,
  ) {
    this.#feed = feed;
    this.#perSecond = perSecond;
    this.#post = post;
    this.#now = now;
  }

  /** `line` is made only where there is room for it. */
  add(line: () => string): void {
    if (this.#take()) this.#lines += line();
    else this.#missed += 1;
    this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref();
  }

  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#lines === '' && this.#missed === 0) return;
    const [lines, missed] = [this.#lines, this.#missed];
    this.#lines = '';
    this.#missed = 0;
    this.#post({ feed: this.#feed, lines, missed });
  }

  #take(): boolean {
    const now = this.#now();
    if (now - this.#since >= 1000) {
      this.#since = now;
      this.#left = this.#perSecond;
    }
    if (this.#left === 0) return false;
    this.#left -= 1;
    return true;
  }
}
