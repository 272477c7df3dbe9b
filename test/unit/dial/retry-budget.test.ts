import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RetryBudget } from '../../../src/dial/retry-budget.ts';

/** Retries granted of so many asked for at once. */
function granted(budget: RetryBudget, nowMs: number, asked: number): number {
  let count = 0;
  for (let i = 0; i < asked; i++) count += Number(budget.spend(nowMs));
  return count;
}

/** `perSecond` sessions, evenly over the time from and to, in milliseconds. */
function load(budget: RetryBudget, perSecond: number, from: number, to: number): void {
  for (let at = from; at < to; at += 1000 / perSecond) budget.began(at);
}

test('an edge without sessions may retry ten times a second', () => {
  const budget = new RetryBudget(0.2, 1);
  assert.equal(granted(budget, 5000, 1000), 100, 'what ten seconds come to');
  assert.equal(granted(budget, 14_999, 1000), 0);
  assert.equal(granted(budget, 15_000, 1000), 100, 'the window has moved on');
});

test('the workers of an edge share these ten', () => {
  const workers = Array.from({ length: 4 }, () => new RetryBudget(0.2, 4));
  for (const worker of workers) assert.equal(granted(worker, 5000, 1000), 25);
});

test('a busy edge may retry for its share of the sessions of ten seconds', () => {
  const budget = new RetryBudget(0.2, 1);
  load(budget, 1000, 0, 10_000);
  assert.equal(granted(budget, 9999, 100_000), 2000);
  load(budget, 1000, 10_000, 11_000);
  assert.equal(granted(budget, 10_999, 100_000), 0, 'no session more in the window, no retry more');
});

test('sessions and retries that are long past count no more', () => {
  const budget = new RetryBudget(0.5, 1);
  load(budget, 1000, 0, 10_000);
  assert.equal(granted(budget, 10_000, 100_000), 4500, 'the first second has gone');
  assert.equal(granted(budget, 3_600_000, 100_000), 100);
});

test('a retry that finds a backend is given back: two of three may be dead for good', () => {
  const budget = new RetryBudget(0.2, 1);
  for (let at = 0; at < 60_000; at++) {
    budget.began(at);
    assert.ok(budget.spend(at), `denied after ${at} ms`);
    if (at > 20) budget.giveBack(at - 20, at);
  }
});

test("what is given back late counts in nobody's favour", () => {
  const budget = new RetryBudget(0.2, 1);
  assert.ok(budget.spend(500));
  budget.giveBack(500, 30_000);
  assert.equal(granted(budget, 30_000, 1000), 100);
  budget.giveBack(30_000, 39_999);
  assert.equal(granted(budget, 39_999, 1000), 1);
});

test('one of three backends that drops everything until its first time-outs is within the budget', () => {
  const budget = new RetryBudget(0.2, 1);
  load(budget, 300, 0, 10_000);
  // Even if none of the retries had come to anything yet: a third of 300 sessions a second for 2.5 s.
  assert.equal(granted(budget, 10_000, 250), 250);
});

test('when every backend refuses, sessions are multiplied by 1.2 and not by 3', () => {
  const budget = new RetryBudget(0.2, 1);
  let retries = 0;
  let sessions = 0;
  for (let at = 0; at < 60_000; at += 1) {
    budget.began(at);
    sessions++;
    for (let i = 0; i < 2 && budget.spend(at); i++) retries++;
  }
  assert.ok(retries / sessions <= 0.21, `${retries} retries of ${sessions} sessions`);
});
