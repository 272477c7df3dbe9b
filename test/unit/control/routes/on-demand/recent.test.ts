import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recent } from '../../../../../src/control/routes/on-demand/recent.ts';

test('beyond the bound the key unused for longest goes', () => {
  const recent = new Recent(2);
  assert.equal(recent.touch('a'), null);
  assert.equal(recent.touch('b'), null);
  assert.equal(recent.touch('a'), null);
  assert.equal(recent.touch('c'), 'b');
  assert.deepEqual([...recent], ['a', 'c']);
  assert.equal(recent.size, 2);
});

test('a key that was deleted makes room', () => {
  const recent = new Recent(1);
  recent.touch('a');
  assert.equal(recent.delete('a'), true);
  assert.equal(recent.has('a'), false);
  assert.equal(recent.touch('b'), null);
});
