import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bytes,
  clock,
  count,
  milliseconds,
  rate,
} from '../../../../src/commands/top/draw/figures.ts';

const SAMPLES = [
  0, 0.001, 0.04, 0.05, 0.94, 1, 9.94, 9.95, 9.96, 10, 99.5, 999, 999.4, 999.5, 1000,
];
const LARGE = [9949, 9950, 99_499, 99_999, 100_000, 999_499, 999_500, 1e6, 9.95e6, 1e9, 1e12, 9e15];

test('figures never outgrow their columns', () => {
  for (const value of [...SAMPLES, ...LARGE]) {
    assert.ok(count(Math.floor(value)).length <= 6, count(Math.floor(value)));
    assert.ok(rate(value).length <= 4, rate(value));
    assert.ok(bytes(value).length <= 4, bytes(value));
  }
  for (const value of SAMPLES) assert.ok(milliseconds(value).length <= 4, milliseconds(value));
});

test('counts are exact as long as there is room', () => {
  assert.deepEqual([0, 999, 1000, 99_999, 100_000, 1_234_567].map(count), [
    '0',
    '999',
    '1,000',
    '99,999',
    '100k',
    '1.2M',
  ]);
});

test('something is never shown as nothing', () => {
  assert.deepEqual([0, 0.001, 0.2, 9.96, 123.4, 1234].map(rate), [
    '0',
    '<0.1',
    '0.2',
    '10',
    '123',
    '1.2k',
  ]);
});

test('milliseconds become seconds where there are many, and a blank where there are none', () => {
  assert.deepEqual([null, 0.31, 9.96, 24.3, 9999, 12_000].map(milliseconds), [
    '-',
    '0.3',
    '10.0',
    '24',
    '9999',
    '12s',
  ]);
});

test('a time is told in hours, and in days where it is longer', () => {
  assert.deepEqual([-1, 59.9, 3661, 86_399, 86_400 * 400].map(clock), [
    '00:00:00',
    '00:00:59',
    '01:01:01',
    '23:59:59',
    '400d 00:00:00',
  ]);
});
