import assert from 'node:assert/strict';
import { test } from 'node:test';
import { count, size } from '../../../../src/config/values/number.ts';

test('a size is in bytes, or in units of 1024', () => {
  const parse = size({ min: 0, max: 2 ** 30 });
  assert.deepEqual(parse('16384'), { value: 16_384 });
  assert.deepEqual(parse('16k'), { value: 16_384 });
  assert.deepEqual(parse('1m'), { value: 1_048_576 });
});

test('a size outside its range is refused with the range', () => {
  const parse = size({ min: 1024, max: 65_536 });
  for (const text of ['1023', '0', '65k', '1m', '999999999999m']) {
    assert.deepEqual(parse(text), { reason: 'is not from 1024 to 65536' }, text);
  }
  assert.deepEqual(parse('64k'), { value: 65_536 });
});

test('a text that is no number never becomes one', () => {
  for (const text of [
    '',
    'abc',
    'NaN',
    '-1',
    '+1',
    '1.5',
    '1e3',
    '0x10',
    '1_000',
    '16 k',
    '16K',
    '16kb',
  ]) {
    assert.ok('reason' in size({ min: 0, max: 10_000 })(text), text);
    assert.deepEqual(
      count({ min: 0, max: 10_000 })(text),
      { reason: 'is not a whole number' },
      text,
    );
  }
});

test('a count keeps to its range', () => {
  const parse = count({ min: 0, max: 100 });
  assert.deepEqual(parse('0'), { value: 0 });
  assert.deepEqual(parse('100'), { value: 100 });
  assert.deepEqual(parse('101'), { reason: 'is not from 0 to 100' });
});
