import assert from 'node:assert/strict';
import { test } from 'node:test';
import { duration, MAX_DURATION_MS } from '../../../../src/config/values/duration.ts';

const GOOD: readonly (readonly [string, number])[] = [
  ['500ms', 500],
  ['5s', 5000],
  ['2.5s', 2500],
  ['0.001s', 1],
  ['10m', 600_000],
  ['1h', 3_600_000],
  ['596h', 2_145_600_000],
  ['2147483647ms', MAX_DURATION_MS],
];

const BAD = [
  '',
  '5',
  '5 s',
  ' 5s',
  '5S',
  '-5s',
  '+5s',
  '1e3s',
  '.5s',
  '5.s',
  '1h30m',
  'abc',
  'NaN',
  '1d',
  '1.2345s',
];

test('a duration is a number and a unit, in milliseconds', () => {
  for (const [text, value] of GOOD) assert.deepEqual(duration(1)(text), { value }, text);
});

test('anything else is not a duration, whatever JavaScript would make of it', () => {
  const reason = 'is not a duration such as 500ms, 5s, 10m or 1h';
  for (const text of BAD) assert.deepEqual(duration(1)(text), { reason }, text);
});

test('a duration is neither too short for its option nor too long for a timer', () => {
  assert.deepEqual(duration(1)('0s'), { reason: 'is shorter than 1ms' });
  assert.deepEqual(duration(0)('0s'), { value: 0 });
  assert.deepEqual(duration(1)('2147483648ms'), { reason: 'is longer than 596h' });
  assert.deepEqual(duration(1)('999999999999h'), { reason: 'is longer than 596h' });
});
