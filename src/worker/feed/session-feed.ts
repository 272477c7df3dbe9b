import type { LiveRecord } from '../../account/session-lines.ts';
import type { SessionRecord } from '../../session/session.ts';
import { isFailure } from '../../termination.ts';
import { FeedLines, type FeedMessage } from './feed-lines.ts';
import { passesFilter, type FeedFilter } from './feed-filter.ts';

/** Somebody who watches sessions, of all workers. */
export interface Feed {
  /** From 1 up. */
  readonly id: number;
  readonly filter: FeedFilter;
  /** Lines at most; what is more is counted. */
  readonly perSecond: number;
}

/** The feed of failures, which is there when nobody watches. */
export const FAILURES_FEED = 0;

/** Failures of one worker that are told of in a second. */
const FAILURES_PER_SECOND = 20;

/** What the feed needs of its worker. */
export interface FeedParts {
  readonly lines: { ended(record: SessionRecord): string; live(record: LiveRecord): string };
  readonly post: (message: FeedMessage) => void;
  /** From here on no session that ends is kept from this feed. */
  readonly begun: (feed: number) => void;
  /** The live session with an id, or `null`. */
  readonly find: (id: string) => LiveRecord | null;
  /** In milliseconds, of a clock that only goes forward. */
  readonly now: () => number;
}

/**
 * Tells the control plane of sessions that somebody watches, and of failures. While nobody watches, a
 * session costs a test of its termination.
 */
export class SessionFeed {
  readonly #parts: FeedParts;
  readonly #failures: FeedLines;
  #watched: readonly { readonly feed: Feed; readonly lines: FeedLines }[] = [];

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.#failures = new FeedLines(FAILURES_FEED, FAILURES_PER_SECOND, parts.post, parts.now);
  }

  /** Who watches now. One that is known goes on as before. */
  watch(feeds: readonly Feed[]): void {
    const before = this.#watched;
    this.#watched = feeds.map((feed) => {
      const known = before.find((each) => each.feed.id === feed.id);
      return known ?? { feed, lines: this.#begin(feed) };
    });
  }

  /** A session is over. */
  ended(record: SessionRecord): void {
    const failed = isFailure(record.termination);
    if (!failed && this.#watched.length === 0) return;
    let text: string | null = null;
    const line = () => (text ??= this.#parts.lines.ended(record));
    if (failed) this.#failures.add(line);
    for (const { feed, lines } of this.#watched) {
      if (passesFilter(feed.filter, record)) lines.add(line);
    }
  }

  /** Tell what there is to tell, now. */
  flush(): void {
    this.#failures.flush();
    for (const { lines } of this.#watched) lines.flush();
  }

  #begin({ id, filter, perSecond }: Feed): FeedLines {
    const lines = new FeedLines(id, perSecond, this.#parts.post, this.#parts.now);
    const live = filter.id === null ? null : this.#parts.find(filter.id);
    if (live !== null) lines.add(() => this.#parts.lines.live(live));
    this.#parts.begun(id);
    return lines;
  }
}
