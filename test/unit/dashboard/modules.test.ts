import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { TERMINATION_NAMES } from '../../../src/termination.ts';
import { ROOT } from '../../support/root.ts';

interface Words {
  readonly ENDINGS: Readonly<Record<string, string>>;
  readonly visible: (text: string) => string;
  readonly bytes: (amount: number) => string;
  readonly rate: (amount: number) => string;
  readonly duration: (seconds: number) => string;
}

interface Feeds {
  EventParser: new (on: (name: string, data: unknown) => void) => { push(text: string): void };
}

const words = (await import(join(ROOT, 'src/dashboard/words.js'))) as Words;
const { EventParser } = (await import(join(ROOT, 'src/dashboard/feed.js'))) as Feeds;

test('the page has words for every way a session can end, and for no other', () => {
  assert.deepEqual(Object.keys(words.ENDINGS), [...TERMINATION_NAMES]);
});

test('what cannot be seen is written as an escape, and what can stays', () => {
  assert.equal(
    words.visible('app.example.test <b>&amp;</b> ü 日本'),
    'app.example.test <b>&amp;</b> ü 日本',
  );
  assert.equal(
    words.visible('a\u202eb\u200bc\u0007d\u00a0e'),
    'a\\u{202e}b\\u{200b}c\\u{7}d\\u{a0}e',
  );
  assert.equal(
    words.visible('\u{e0041}\u0301\u3164\ud800'),
    '\\u{e0041}\\u{301}\\u{3164}\\u{d800}',
  );
});

test('amounts are short, and a rate that is not zero never looks like it', () => {
  assert.deepEqual([0, 312, 999, 4_240, 99_960, 1e9].map(words.bytes), [
    '0 B',
    '312 B',
    '999 B',
    '4.2 kB',
    '100 kB',
    '1.0 GB',
  ]);
  assert.deepEqual([0, 0.01, 0.42, 9.96, 1234].map(words.rate), ['0', '0.1', '0.4', '10', '1,234']);
  assert.deepEqual([0, 59.9, 185, 3660, 200_000].map(words.duration), [
    '0 s',
    '59 s',
    '3 min 5 s',
    '1 h 1 min',
    '2 d 7 h',
  ]);
});

test('events are read whatever they are cut into, and comments are none', () => {
  const text = ':\n\nevent: overview\ndata: {"a":1}\n\nevent: failure\ndata: {"b":\ndata: 2}\n\n';
  for (let size = 1; size <= text.length; size++) {
    const seen: unknown[] = [];
    const parser = new EventParser((name, data) => seen.push([name, data]));
    for (let at = 0; at < text.length; at += size) parser.push(text.slice(at, at + size));
    assert.deepEqual(seen, [
      ['overview', { a: 1 }],
      ['failure', { b: 2 }],
    ]);
  }
});

test('an event without end is refused before it fills the memory', () => {
  const parser = new EventParser(() => {});
  const piece = 'x'.repeat(1_000_000);
  assert.throws(() => {
    for (let i = 0; i < 5; i++) parser.push(piece);
  }, /without end/);
});
