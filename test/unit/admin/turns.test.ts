import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Overloaded, Turns } from '../../../src/admin/turns.ts';

test('so many jobs run at once, the others in order, and too many are refused', async () => {
  const turns = new Turns(2, 2);
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const run = (name: string) =>
    turns.run(async () => {
      begun.push(name);
      await new Promise<void>((resolve) => void ends.set(name, resolve));
      return name;
    });
  const jobs = ['a', 'b', 'c', 'd'].map(run);
  await assert.rejects(run('e'), Overloaded);
  assert.deepEqual(begun, ['a', 'b']);
  ends.get('b')!();
  assert.equal(await jobs[1], 'b');
  ends.get('a')!();
  assert.equal(await jobs[0], 'a');
  await Promise.all(['c', 'd'].map((name, at) => settle(ends, name, jobs[at + 2]!)));
  assert.deepEqual(begun, ['a', 'b', 'c', 'd']);
});

test('a job that fails leaves its place to the next', async () => {
  const turns = new Turns(1, 1);
  const failed = turns.run(() => Promise.reject(new Error('broken')));
  const next = turns.run(async () => 'next');
  await assert.rejects(failed, /broken/);
  assert.equal(await next, 'next');
});

async function settle(
  ends: ReadonlyMap<string, () => void>,
  name: string,
  job: Promise<string>,
): Promise<void> {
  while (!ends.has(name)) await new Promise((resolve) => setImmediate(resolve));
  ends.get(name)!();
  assert.equal(await job, name);
}
