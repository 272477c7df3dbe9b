import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionRecord } from '../../../../src/session/session.ts';
import { NO_FILTER, type FeedFilter } from '../../../../src/worker/feed/feed-filter.ts';
import type { FeedMessage } from '../../../../src/worker/feed/feed-lines.ts';
import { SessionFeed, type Feed } from '../../../../src/worker/feed/session-feed.ts';
import { recordOf } from './record.ts';

interface Setting {
  readonly feed: SessionFeed;
  readonly posted: FeedMessage[];
  /** Ids of the sessions that a line was made of. */
  readonly written: string[];
  /** Feeds that were begun. */
  readonly begun: number[];
  now: number;
}

function createFeed(live: readonly string[] = []): Setting {
  const posted: FeedMessage[] = [];
  const written: string[] = [];
  const begun: number[] = [];
  const setting = { posted, written, begun, now: 0 };
  const write = ({ id }: { id: string }) => {
    written.push(id);
    return `${id}\n`;
  };
  const feed = new SessionFeed({
    lines: { ended: write, live: ({ id }) => `live ${id}\n` },
    post: (message) => posted.push(message),
    begun: (id) => begun.push(id),
    find: (id) => (live.includes(id) ? { ...recordOf({ id }), phase: 'relaying', age: 1 } : null),
    now: () => setting.now,
  });
  return Object.assign(setting, { feed });
}

function watcher(id: number, filter: Partial<FeedFilter> = {}, perSecond = 100): Feed {
  return { id, filter: { ...NO_FILTER, ...filter }, perSecond };
}

const failed = (id: string): SessionRecord => recordOf({ id, termination: 'connect-failed' });

test('while nobody watches, no line is made but of failures', () => {
  const { feed, written, posted } = createFeed();
  feed.ended(recordOf({ id: 'fine' }));
  feed.ended(failed('bad'));
  feed.flush();
  assert.deepEqual(written, ['bad']);
  assert.deepEqual(posted, [{ feed: 0, lines: 'bad\n', missed: 0 }]);
});

test('a session is told to everybody whose filter it passes, and its line is made once', () => {
  const { feed, written, posted } = createFeed();
  feed.watch([watcher(1), watcher(2, { id: 'b' }), watcher(3, { terminations: ['failed'] })]);
  feed.ended(recordOf({ id: 'a' }));
  feed.ended(failed('b'));
  feed.flush();
  assert.deepEqual(written, ['a', 'b']);
  assert.deepEqual(
    posted.map(({ feed: of, lines }) => [of, lines]),
    [
      [0, 'b\n'],
      [1, 'a\nb\n'],
      [2, 'b\n'],
      [3, 'b\n'],
    ],
  );
});

test('beyond its rate a feed counts sessions instead of telling of them, until the next second', () => {
  const setting = createFeed();
  const { feed, posted, written } = setting;
  feed.watch([watcher(1, {}, 2)]);
  for (const id of ['a', 'b', 'c', 'd']) feed.ended(recordOf({ id }));
  feed.flush();
  setting.now = 999;
  feed.ended(recordOf({ id: 'e' }));
  setting.now = 1000;
  feed.ended(recordOf({ id: 'f' }));
  feed.flush();
  assert.deepEqual(written, ['a', 'b', 'f']);
  assert.deepEqual(posted, [
    { feed: 1, lines: 'a\nb\n', missed: 2 },
    { feed: 1, lines: 'f\n', missed: 1 },
  ]);
});

test('of failures twenty a second are told', () => {
  const { feed, posted, written } = createFeed();
  for (let n = 0; n < 1000; n++) feed.ended(failed(`${n}`));
  feed.flush();
  assert.equal(written.length, 20);
  assert.deepEqual(
    posted.map(({ missed }) => missed),
    [980],
  );
});

test('a feed that is known goes on as it was when others come and go', () => {
  const { feed, posted, begun } = createFeed();
  const one = watcher(1, {}, 1);
  feed.watch([one]);
  feed.ended(recordOf({ id: 'a' }));
  feed.watch([one, watcher(2)]);
  feed.ended(recordOf({ id: 'b' }));
  feed.flush();
  assert.deepEqual(posted, [
    { feed: 1, lines: 'a\n', missed: 1 },
    { feed: 2, lines: 'b\n', missed: 0 },
  ]);
  assert.deepEqual(begun, [1, 2]);
  feed.watch([]);
  feed.ended(recordOf({ id: 'c' }));
  feed.flush();
  assert.equal(posted.length, 2);
});

test('whoever asks for a session that lives is told so at once', () => {
  const { feed, posted } = createFeed(['a']);
  feed.watch([watcher(1, { id: 'a' }), watcher(2, { id: 'b' })]);
  feed.flush();
  assert.deepEqual(posted, [{ feed: 1, lines: 'live a\n', missed: 0 }]);
});
