import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesText, millisecondsText } from '../../../../src/commands/tail/amounts.ts';

test('milliseconds fit six characters from a microsecond to a year', () => {
  const texts = {
    0: '0.0ms',
    0.04: '0.0ms',
    9.94: '9.9ms',
    9.96: '10ms',
    9999: '9999ms',
    9999.6: '10.0s',
    599_999: '600.0s',
    600_000: '10min',
    6_000_000: '1.7h',
    86_400_000: '24.0h',
  };
  for (const [value, text] of Object.entries(texts))
    assert.equal(millisecondsText(Number(value)), text);
  for (let value = 0.001; value < 4e10; value *= 1.1)
    assert.ok(millisecondsText(value).length <= 6, `${value}`);
});

test('bytes fit six characters from one to petabytes', () => {
  const texts = { 0: '0B', 999: '999B', 1000: '1.0kB', 99_949: '99.9kB', 99_951: '100kB' };
  for (const [value, text] of Object.entries(texts)) assert.equal(bytesText(Number(value)), text);
  for (let value = 1; value < 9e17; value = Math.ceil(value * 1.1))
    assert.ok(bytesText(value).length <= 6, `${value}`);
});

test('what is no amount is a dash', () => {
  for (const value of [undefined, null, '5', -1, Number.NaN]) {
    assert.equal(millisecondsText(value), '-');
    assert.equal(bytesText(value), '-');
  }
});
