import type { FeedFilter } from '../../worker/feed/feed-filter.ts';
import { readFeedQuery } from './feed-query.ts';
import type { SessionFeeds } from './session-feeds.ts';

/** Each costs every worker a test of every session. */
const MAX_WATCHERS = 8;
/** How often a watcher is told how many sessions it missed. */
const MISSED_MS = 1000;

/** Where events go. `write` is `false` for a client that is too slow: the text was dropped, whole. */
interface Sink {
  write(text: string): boolean;
}

type Refusal = {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
};
type Stream = {
  readonly status: number;
  readonly type: string;
  /** Gives what ends it. */
  readonly stream: (sink: Sink) => () => void;
  /** Gives up the place that is kept for `stream`: call one of them. */
  readonly unused: () => void;
};

/**
 * `/api/v1/sessions`: sessions as they end, as server-sent events. `watching` comes first, then a `session`
 * with the access line of each, and a `missed` with how many were left out, once a second at most.
 */
export class SessionsPage {
  readonly #feeds: SessionFeeds;
  #watchers = 0;

  constructor(feeds: SessionFeeds) {
    this.#feeds = feeds;
  }

  answer(query: URLSearchParams): Refusal | Stream {
    const question = readFeedQuery(query);
    if ('reason' in question) {
      const { part, reason } = question;
      return { status: 400, body: { error: `${part} ${reason}`, part } };
    }
    if (this.#watchers >= MAX_WATCHERS) return TOO_MANY;
    // Now, as others may ask before this one begins.
    this.#watchers += 1;
    const { filter, perSecond } = question;
    const stream = (sink: Sink) => this.#watch(sink, filter, perSecond);
    const unused = () => void (this.#watchers -= 1);
    return { status: 200, type: 'text/event-stream', stream, unused };
  }

  #watch(sink: Sink, filter: FeedFilter, perSecond: number): () => void {
    const sending = new Sending(sink);
    const begin = () => {
      sink.write(event('watching', '{"version":1}'));
      if (filter.id !== null) sending.send(this.#failureOf(filter.id), 0);
    };
    const on = (lines: string, missed: number) => sending.send(lines, missed);
    const end = this.#feeds.subscribe(filter, perSecond, on, begin);
    return () => {
      this.#watchers -= 1;
      end();
      sending.close();
    };
  }

  // Somebody who asks for a session by its id comes after it, as a rule.
  #failureOf(id: string): string {
    const key = `"id":${JSON.stringify(id)},`;
    const line = this.#feeds.recentFailures().find((each) => each.includes(key));
    return line === undefined ? '' : `${line}\n`;
  }
}

const TOO_MANY: Refusal = {
  status: 503,
  body: { error: `${MAX_WATCHERS} others watch sessions already` },
  headers: { 'Retry-After': '10' },
};

/** Sessions on their way to one client, who is told of those that did not get through. */
class Sending {
  readonly #sink: Sink;
  #missed = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  send(lines: string, missed: number): void {
    const each = lines.split('\n').slice(0, -1);
    const unsent = each.filter((line) => !this.#sink.write(event('session', line)));
    this.#owe(missed + unsent.length);
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #owe(missed: number): void {
    this.#missed += missed;
    if (this.#missed > 0) this.#timer ??= setTimeout(() => this.#confess(), MISSED_MS).unref();
  }

  // A client that is still too slow for it is told later.
  #confess(): void {
    this.#timer = null;
    if (this.#sink.write(event('missed', `{"missed":${this.#missed}}`))) this.#missed = 0;
    this.#owe(0);
  }
}

function event(name: string, data: string): string {
  return `event: ${name}\ndata: ${data}\n\n`;
}
