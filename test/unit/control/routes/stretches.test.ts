import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Stretches } from '../../../../src/control/routes/turns/stretches.ts';
import { eventually } from '../../../support/wait.ts';

test('a short piece of work is done at once', () => {
  const done: string[] = [];
  new Stretches().run(steps(4999), () => done.push('done'));
  assert.deepEqual(done, ['done']);
});

test('a long one lets others have their turn, and is done in the end', async () => {
  const done: string[] = [];
  new Stretches().run(steps(20_000), () => done.push('done'));
  assert.equal(done.length, 0);
  setImmediate(() => done.push('other'));
  await eventually(() => done.length === 2);
  assert.deepEqual(done, ['other', 'done']);
});

test('what is begun anew is done instead of what was begun before', async () => {
  const done: string[] = [];
  const work = new Stretches();
  work.run(steps(20_000), () => done.push('first'));
  work.run(steps(20_000), () => done.push('second'));
  await eventually(() => done.length > 0);
  assert.deepEqual(done, ['second']);
  work.run(steps(20_000), () => done.push('third'));
  work.stop();
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  assert.deepEqual(done, ['second']);
});

function* steps(count: number): Generator<void, void> {
  for (let i = 0; i < count; i++) yield;
}
