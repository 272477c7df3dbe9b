import type { FeedFilter } from '../../worker/feed/feed-filter.ts';
import type { FeedMessage } from '../../worker/feed/feed-lines.ts';
import { FAILURES_FEED, type Feed } from '../../worker/feed/session-feed.ts';

/** Enough to see what is wrong; a few hundred kilobytes at the most. */
const MAX_FAILURES = 200;

/** Told of some sessions: access lines, each ending in a newline, and how many there were more. */
export type OnSessions = (lines: string, missed: number) => void;

interface Watcher {
  readonly feed: Feed;
  readonly on: OnSessions;
  readonly onReady: () => void;
  /** Workers that have not begun to tell. */
  pending: number;
  /** Left of the second that began then. */
  left: number;
  since: number;
}

/** Who watches sessions, and the last failures, which are kept whether somebody watches or not. */
export class SessionFeeds {
  readonly #tell: (feeds: readonly Feed[]) => number;
  readonly #watchers = new Map<number, Watcher>();
  readonly #failures: string[] = [];
  readonly #now: () => number;
  #last = FAILURES_FEED;

  /**
   * `tell` has every worker know who watches, and returns how many there are; `now` is in milliseconds, and
   * only goes forward.
   */
  constructor(tell: (feeds: readonly Feed[]) => number, now = () => performance.now()) {
    this.#tell = tell;
    this.#now = now;
  }

  /** Who watches now. */
  get feeds(): readonly Feed[] {
    return [...this.#watchers.values()].map(({ feed }) => feed);
  }

  /**
   * Watch sessions that pass the filter, `perSecond` of all workers at most; `onReady` when every worker
   * tells of them. Gives what ends it.
   */
  subscribe(filter: FeedFilter, perSecond: number, on: OnSessions, onReady = () => {}): () => void {
    const id = ++this.#last;
    const feed = { id, filter, perSecond };
    const watcher = { feed, on, onReady, pending: 0, left: 0, since: -Infinity };
    this.#watchers.set(id, watcher);
    // Where none runs, the next one that starts is the first.
    watcher.pending = Math.max(1, this.#tell(this.feeds));
    return () => {
      if (this.#watchers.delete(id)) this.#tell(this.feeds);
    };
  }

  /** The last failed sessions as lines of JSON, the newest last: 20 a second of each worker at most. */
  recentFailures(): readonly string[] {
    return this.#failures;
  }

  /** A worker tells of a feed's sessions from now on. */
  begun(feed: number): void {
    const watcher = this.#watchers.get(feed);
    // One that took the place of another begins later than all.
    if (watcher === undefined || watcher.pending === 0) return;
    watcher.pending -= 1;
    if (watcher.pending === 0) watcher.onReady();
  }

  /** What a worker says. */
  take({ feed, lines, missed }: FeedMessage): void {
    if (feed === FAILURES_FEED) return this.#keep(lines);
    const watcher = this.#watchers.get(feed);
    if (watcher === undefined) return;
    const { shown, dropped } = within(watcher, lines, this.#now());
    watcher.on(shown, missed + dropped);
  }

  #keep(lines: string): void {
    this.#failures.push(...lines.split('\n').slice(0, -1));
    this.#failures.splice(0, this.#failures.length - MAX_FAILURES);
  }
}

/** As many of the lines as are left of the second: each worker alone may send as many. */
function within(watcher: Watcher, lines: string, now: number): { shown: string; dropped: number } {
  if (now - watcher.since >= 1000) {
    watcher.since = now;
    watcher.left = watcher.feed.perSecond;
  }
  const count = lines.split('\n').length - 1;
  const taken = Math.min(count, watcher.left);
  watcher.left -= taken;
  if (taken === count) return { shown: lines, dropped: 0 };
  const shown = lines
    .split('\n')
    .slice(0, taken)
    .map((line) => `${line}\n`);
  return { shown: shown.join(''), dropped: count - taken };
}
