import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventReader } from '../../../../src/commands/tail/event-stream.ts';

const STREAM = ':\n\nevent: a\ndata: {"x":1}\n\n:\n\nevent: b\ndata: 2\n\n';
const EVENTS = [
  { name: 'a', data: '{"x":1}' },
  { name: 'b', data: '2' },
];

test('events are read wherever the stream is cut', () => {
  for (let cut = 0; cut <= STREAM.length; cut++) {
    const reader = new EventReader();
    const events = [STREAM.slice(0, cut), STREAM.slice(cut)].flatMap((text) => reader.read(text)!);
    assert.deepEqual(events, EVENTS, `cut at ${cut}`);
  }
});

test('what is no event of ours is passed over', () => {
  const reader = new EventReader();
  assert.deepEqual(reader.read('retry: 5\n\ndata: x\n\nevent: y\n\n\n\n'), []);
});

test('an event without an end is not kept for ever', () => {
  const reader = new EventReader();
  const text = 'a'.repeat(64 * 1024);
  const results = Array.from({ length: 5 }, () => reader.read(text));
  assert.deepEqual(results, [[], [], [], [], null]);
});
