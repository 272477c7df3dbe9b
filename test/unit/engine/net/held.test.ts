import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Held } from '../../../../src/engine/net/held.ts';

test('the first chunk is held without a copy', () => {
  const held = new Held();
  const chunk = Buffer.from('hello');
  held.append(chunk);
  assert.equal(held.bytes, chunk);
});

test('chunks are held in order, and earlier views stay as they were', () => {
  const held = new Held();
  const views: Buffer[] = [];
  for (let i = 0; i < 10_000; i++) {
    held.append(Buffer.of(i % 251));
    if (i % 1000 === 0) views.push(held.bytes);
  }
  assert.deepEqual(
    [...held.bytes],
    Array.from({ length: 10_000 }, (_, i) => i % 251),
  );
  for (const view of views) assert.deepEqual(view, held.bytes.subarray(0, view.length));
});

test('what is consumed or taken does not come back', () => {
  const held = new Held();
  held.append(Buffer.from('abc'));
  held.append(Buffer.from('def'));
  held.consume(4);
  held.append(Buffer.from('ghi'));
  assert.equal(held.bytes.toString(), 'efghi');
  held.consume(5);
  held.append(Buffer.from('j'));
  held.append(Buffer.from('k'));
  assert.equal(held.take().toString(), 'jk');
  assert.equal(held.bytes.length, 0);
  held.append(Buffer.from('l'));
  held.append(Buffer.from('m'));
  assert.equal(held.bytes.toString(), 'lm');
});

test('a drip of single bytes is not copied over and over', () => {
  const held = new Held();
  let moves = 0;
  let memory: ArrayBufferLike | null = null;
  for (let i = 0; i < 65_536; i++) {
    held.append(Buffer.of(1));
    if (held.bytes.buffer !== memory) moves += 1;
    memory = held.bytes.buffer;
  }
  assert.ok(moves < 10, `${moves} moves`);
});
