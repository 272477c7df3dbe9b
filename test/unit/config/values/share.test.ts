import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseShare } from '../../../../src/config/values/share.ts';

test('a share is a percentage, or off', () => {
  for (const [text, value] of [
    ['50%', 0.5],
    ['0%', 0],
    ['100%', 1],
    ['12.5%', 0.125],
    ['off', 'off'],
  ] as const) {
    assert.deepEqual(parseShare(text), { value });
  }
});

test('what is no percentage is refused', () => {
  for (const text of ['', '50', '0.5', '101%', '-1%', '1e1%', '50 %', '%', 'OFF', '12.345%']) {
    assert.deepEqual(parseShare(text), { reason: 'is not off or a share such as 50%' }, text);
  }
});
