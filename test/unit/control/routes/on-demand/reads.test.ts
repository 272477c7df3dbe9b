import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  PatternReads,
  READS_PER_SECOND,
} from '../../../../../src/control/routes/on-demand/reads.ts';
import {
  EMPTY_RECORD,
  type RouteRecord,
} from '../../../../../src/control/sources/routes/route-record.ts';

const RECORD: RouteRecord = { ...EMPTY_RECORD, backends: ['10.0.0.1'] };

/** Reads from a source in which only `there.test` is, and which answers when it is told. */
function reads() {
  const batches: (readonly string[])[] = [];
  const taken: string[] = [];
  const answers: ((failure?: Error) => void)[] = [];
  const read = async (patterns: readonly string[]) => {
    batches.push(patterns);
    await new Promise<void>((resolve, reject) => {
      answers.push((failure) => (failure === undefined ? resolve() : reject(failure)));
    });
    return new Map(patterns.includes('there.test') ? [['there.test', RECORD]] : []);
  };
  const made = new PatternReads(read, (pattern, record) =>
    taken.push(`${pattern} ${record === null ? 'absent' : 'there'}`),
  );
  const turn = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
  return { reads: made, batches, taken, answers, turn };
}

test('what is asked for in one turn is one reading, and each pattern is read once', async () => {
  const { reads: made, batches, taken, answers, turn } = reads();
  const first = made.ask(['there.test', '*.test']);
  const second = made.ask(['gone.test', '*.test']);
  await turn();
  const third = made.ask(['there.test']);
  await turn();
  assert.deepEqual(batches, [['there.test', '*.test', 'gone.test']]);
  answers[0]!();
  assert.deepEqual(await Promise.all([first, second, third]), ['read', 'read', 'read']);
  assert.deepEqual(taken, ['there.test there', '*.test absent', 'gone.test absent']);
  assert.equal(made.counts.read, 3);
});

test('a source that cannot be read fails those who wait, and is asked again by the next', async () => {
  const { reads: made, batches, taken, answers, turn } = reads();
  const first = made.ask(['there.test']);
  await turn();
  answers[0]!(new Error('away'));
  assert.equal(await first, 'failed');
  const second = made.ask(['there.test']);
  await turn();
  answers[1]!();
  assert.equal(await second, 'read');
  assert.equal(batches.length, 2);
  assert.deepEqual(taken, ['there.test there']);
});

test('what was abandoned while it was read is not taken', async () => {
  const { reads: made, taken, answers, turn } = reads();
  const asked = made.ask(['there.test']);
  await turn();
  made.abandon();
  answers[0]!();
  assert.equal(await asked, 'read');
  assert.deepEqual(taken, []);
});

test('a flood is refused: what waits and what is read in a second is bounded', async () => {
  const { reads: made, batches, answers, turn } = reads();
  let refused = 0;
  const asked: Promise<unknown>[] = [];
  for (let i = 0; i < 5000; i++) asked.push(made.ask([`flood-${i}.test`]));
  await turn();
  assert.equal(batches[0]!.length, 1000, 'so many wait at once');
  answers[0]!();
  for (const result of await Promise.all(asked)) if (result === 'limited') refused++;
  assert.equal(refused, 4000);
  assert.equal(made.counts.limited, 4000);
  assert.ok(READS_PER_SECOND >= 1000);
});
