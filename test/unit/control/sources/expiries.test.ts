import assert from 'node:assert/strict';
import { once, EventEmitter } from 'node:events';
import { test } from 'node:test';
import { Expiries } from '../../../../src/control/sources/redis/expiries.ts';
import { eventually } from '../../../support/wait.ts';

test('keys are due once they have expired, each once, and never when that was put off or taken back', async () => {
  const due = new EventEmitter();
  const expiries = new Expiries((keys) => due.emit('due', keys));
  expiries.note('early', 0);
  expiries.note('twice', 10_000_000);
  expiries.note('twice', 1);
  expiries.note('later', 1);
  expiries.note('later', 10_000_000);
  expiries.note('never', 1);
  expiries.note('never', null);
  // Its own timer keeps no process alive; a test has to.
  const alive = setInterval(() => {}, 1000);
  try {
    const seen: string[] = [];
    while (seen.length < 2) seen.push(...((await once(due, 'due')) as string[][]).flat());
    assert.deepEqual(seen.toSorted(), ['early', 'twice']);
    expiries.note('again', 0);
    assert.deepEqual(await once(due, 'due'), [['again']]);
  } finally {
    clearInterval(alive);
    expiries.close();
  }
});

test('very many keys that expire at once are told of some at a time, each once', async () => {
  const seen = new Set<string>();
  let most = 0;
  let told = 0;
  const expiries = new Expiries((keys) => {
    most = Math.max(most, keys.length);
    told += keys.length;
    for (const key of keys) seen.add(key);
  });
  for (let i = 0; i < 200_000; i++) expiries.note(`k${i}`, 0);
  await eventually(() => seen.size === 200_000);
  expiries.close();
  assert.equal(told, 200_000);
  assert.ok(most <= 1000);
});
