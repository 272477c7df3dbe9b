import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Overview } from '../../../../src/control/report/overview/overview.ts';
import { dumpLines, sessionsPerWorker } from '../../../../src/control/runtime/state-dump.ts';

const PRINTABLE = /^[\x20-\x7e]*$/;
const HOSTILE = 'a\x1b[2J\x9b31m\u202e\u2066"\n{}.test';

test('what Redis or a client chose reaches no terminal by a dump', () => {
  const overview = {
    version: 1,
    problems: [HOSTILE],
    backends: [{ address: HOSTILE }],
    hosts: [{ host: HOSTILE }],
    failures: [{ detail: HOSTILE }],
  } as unknown as Overview;
  const session = `${JSON.stringify({ host: HOSTILE })}\n`;
  const lines = dumpLines(overview, {}, [session, null]);
  for (const line of lines) assert.match(JSON.stringify(line), PRINTABLE);
  const sessions = lines.filter(({ dump }) => dump === 'session').map(({ state }) => state);
  assert.equal((sessions[0] as { worker: number }).worker, 0);
  assert.deepEqual(sessions[1], { worker: 1, problem: 'it does not answer' });
});

test('the sessions told of are few, whatever the number of workers', () => {
  assert.equal(sessionsPerWorker(1), 100);
  assert.equal(sessionsPerWorker(4), 50);
  for (let workers = 1; workers <= 256; workers++)
    assert.ok(workers * sessionsPerWorker(workers) <= Math.max(200, workers * 4));
});
