import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Answers } from '../../../../src/control/workers/answers.ts';

const UNKNOWN = { kind: 'unknown' } as const;

function answers() {
  const sent: string[] = [];
  const given = new Answers((worker, all) => {
    sent.push(`${worker}: ${all.map(({ lookup }) => lookup).join(' ')}`);
  });
  return { given, sent };
}

test('the answers of one turn are one message for each worker', async () => {
  const { given, sent } = answers();
  given.give(0, { lookup: 1, answer: UNKNOWN });
  given.give(1, { lookup: 1, answer: UNKNOWN });
  given.give(0, { lookup: 2, answer: UNKNOWN });
  assert.deepEqual(sent, []);
  await Promise.resolve();
  assert.deepEqual(sent, ['0: 1 2', '1: 1']);
});

test('a flush sends what there is, once', async () => {
  const { given, sent } = answers();
  given.give(0, { lookup: 1, answer: UNKNOWN });
  given.flush();
  given.give(0, { lookup: 2, answer: UNKNOWN });
  await Promise.resolve();
  assert.deepEqual(sent, ['0: 1', '0: 2']);
});
