import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SessionFeeds } from '../../../../src/control/feed/session-feeds.ts';
import { NO_FILTER } from '../../../../src/worker/feed/feed-filter.ts';
import type { Feed } from '../../../../src/worker/feed/session-feed.ts';

test('workers are told whenever somebody begins to watch or stops', () => {
  const told: number[][] = [];
  const feeds = new SessionFeeds((now: readonly Feed[]) => told.push(now.map(({ id }) => id)));
  const endOne = feeds.subscribe(NO_FILTER, 10, () => {});
  const endTwo = feeds.subscribe(NO_FILTER, 10, () => {});
  endOne();
  endOne();
  endTwo();
  assert.deepEqual(told, [[1], [1, 2], [2], []]);
});

test('a watcher is told what workers say of its feed, and nothing after it has stopped', () => {
  const feeds = new SessionFeeds(() => 1);
  const told: [string, number][] = [];
  const end = feeds.subscribe(NO_FILTER, 10, (...each) => told.push(each));
  feeds.take({ feed: 1, lines: 'a\nb\n', missed: 3 });
  feeds.take({ feed: 2, lines: 'other\n', missed: 0 });
  end();
  feeds.take({ feed: 1, lines: 'late\n', missed: 0 });
  assert.deepEqual(told, [['a\nb\n', 3]]);
});

test('the rate is that of all workers together', () => {
  let now = 0;
  const feeds = new SessionFeeds(
    () => 1,
    () => now,
  );
  const told: [string, number][] = [];
  feeds.subscribe(NO_FILTER, 3, (...each) => told.push(each));
  const say = (lines: string) => feeds.take({ feed: 1, lines, missed: 0 });
  say('a\nb\n');
  say('c\nd\n');
  say('e\n');
  now = 1000;
  say('f\n');
  assert.deepEqual(told, [
    ['a\nb\n', 0],
    ['c\n', 1],
    ['', 1],
    ['f\n', 0],
  ]);
});

test('the last two hundred failures are kept, the newest last, whoever watches', () => {
  const feeds = new SessionFeeds(() => 1);
  assert.deepEqual(feeds.recentFailures(), []);
  for (let n = 0; n < 1000; n += 2)
    feeds.take({ feed: 0, lines: `{"n":${n}}\n{"n":${n + 1}}\n`, missed: 7 });
  const kept = feeds.recentFailures();
  assert.deepEqual([kept.length, kept[0], kept.at(-1)], [200, '{"n":800}', '{"n":999}']);
});

test('a watcher watches when every worker has begun to tell, and later ones change nothing', () => {
  const feeds = new SessionFeeds(() => 2);
  let ready = 0;
  feeds.subscribe(
    NO_FILTER,
    10,
    () => {},
    () => ready++,
  );
  feeds.begun(1);
  feeds.begun(7);
  assert.equal(ready, 0);
  feeds.begun(1);
  feeds.begun(1);
  assert.equal(ready, 1);
});
