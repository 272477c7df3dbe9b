import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Failing } from '../../../src/session/witness.ts';
import {
  BackendHealth,
  createBackendHealthBuffers,
} from '../../../src/worker/health/backend-health.ts';
import { sessionVerdicts } from '../../../src/worker/health/session-verdicts.ts';

const SLOT = 3;

/** Verdicts of a worker whose live sessions are looked at by `note`. */
function worker(note: () => void = () => {}) {
  const health = new BackendHealth(createBackendHealthBuffers(), {
    ejectAfter: 3,
    ejectForMs: 10_000,
    slowStartMs: 0,
  });
  const ejected: number[] = [];
  let looks = 0;
  const noteAnswers = () => {
    looks++;
    note();
  };
  const onEjected = (slot: number) => ejected.push(slot);
  const verdicts = sessionVerdicts({ health, onEjected, noteAnswers });
  const fail = (...causes: readonly Failing[]) => {
    for (const cause of causes) verdicts.failed(SLOT, cause);
  };
  return { verdicts, fail, ejected, looks: () => looks };
}

test('a backend that closes is ejected after a look at its sessions, if none was answered', () => {
  const { fail, ejected, looks } = worker();
  fail('closed', 'closed');
  assert.equal(looks(), 0, 'nothing is at stake');
  fail('closed');
  assert.deepEqual([ejected, looks()], [[SLOT], 1]);
});

test('an answer that nobody has noted yet ends a row of closed connections', () => {
  const one = worker(() => one.verdicts.answered(SLOT));
  for (let i = 0; i < 100; i++) one.fail('closed');
  assert.deepEqual(one.ejected, []);
});

test('connections that cannot be made are not looked at: whoever connects is noted at once', () => {
  const { fail, ejected, looks } = worker();
  fail('refused', 'timeout', 'refused');
  assert.deepEqual([ejected, looks()], [[SLOT], 0]);
});

test('looks take a bounded part of the time, and no backend is ejected for the lack of one', () => {
  const one = worker(() => {
    const until = performance.now() + 5;
    while (performance.now() < until);
    one.verdicts.answered(SLOT);
  });
  const began = performance.now();
  for (let i = 0; i < 1000; i++) one.fail('closed');
  const most = 1 + Math.floor((performance.now() - began) / 100);
  assert.ok(one.looks() <= most, `${one.looks()} of ${most} looks`);
  assert.deepEqual(one.ejected, []);
});

test('a failure that a look itself finds is counted, and is cause for no further look', () => {
  const other = SLOT + 1;
  const one = worker(() => {
    for (let i = 0; i < 3; i++) one.verdicts.failed(other, 'closed');
  });
  one.fail('closed', 'closed', 'closed');
  assert.deepEqual([one.ejected, one.looks()], [[other, SLOT], 1]);
});
