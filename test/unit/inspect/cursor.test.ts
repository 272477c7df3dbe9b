import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cursor } from '../../../src/inspect/cursor.ts';

const BYTES = Buffer.of(0xff, 1, 2, 3, 4, 5, 0xff);

test('a cursor reads big-endian fields between its ends', () => {
  const cursor = new Cursor(BYTES, 1, 6);
  assert.equal(cursor.u8(), 1);
  assert.equal(cursor.u16(), 0x0203);
  assert.equal(cursor.left, 2);
  assert.equal(cursor.latin1(2), '\u0004\u0005');
  assert.equal(cursor.overrun, false);
});

test('a field that runs past the end reads as nothing, and is remembered', () => {
  const cursor = new Cursor(BYTES, 1, 6);
  cursor.skip(4);
  assert.equal(cursor.u16(), 0);
  assert.equal(cursor.left, 0);
  assert.equal(cursor.overrun, true);
  assert.equal(cursor.u8(), 0);
  assert.equal(cursor.latin1(1), '');
  assert.equal(cursor.overrun, true);
});

test('a length has to say just what is left', () => {
  assert.equal(new Cursor(Buffer.of(0, 2, 7, 7), 0, 4).fills16(), true);
  assert.equal(new Cursor(Buffer.of(0, 0), 0, 2).fills16(), true);
  assert.equal(new Cursor(Buffer.of(0, 1, 7, 7), 0, 4).fills16(), false);
  assert.equal(new Cursor(Buffer.of(0), 0, 1).fills16(), false);
});

test('bytes are skipped only if they are the ones expected', () => {
  const cursor = new Cursor(BYTES, 1, 6);
  assert.equal(cursor.skipIfEqual(Buffer.of(1, 3)), false);
  assert.equal(cursor.skipIfEqual(Buffer.of(1, 2)), true);
  assert.equal(cursor.u8(), 3);
  assert.equal(cursor.skipIfEqual(Buffer.of(4, 5, 0xff)), false);
});
