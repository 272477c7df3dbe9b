import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LiveSessions } from '../../../../src/control/runtime/live-sessions.ts';
import type { ToWorker } from '../../../../src/worker/messages.ts';

function inquiryOf(message: ToWorker): number {
  assert.ok(message.type === 'tell-live');
  return message.inquiry;
}

test('the answers of all workers are waited for, in the order of the workers', async () => {
  const live: LiveSessions = new LiveSessions(3, (message) => {
    for (const worker of [2, 0, 1])
      live.take(worker, { inquiry: inquiryOf(message), lines: `${worker}\n` });
  });
  assert.deepEqual(await live.oldest(10), ['0\n', '1\n', '2\n']);
});

test('a worker that does not answer is not waited for for long, and its late answer is not taken for another', async () => {
  const asked: number[] = [];
  const live: LiveSessions = new LiveSessions(2, (message) => {
    asked.push(inquiryOf(message));
    live.take(0, { inquiry: asked.at(-1)!, lines: 'here\n' });
    if (asked.length === 2) live.take(1, { inquiry: asked[0]!, lines: 'late\n' });
  });
  assert.deepEqual(await live.oldest(10), ['here\n', null]);
  assert.deepEqual(await live.oldest(10), ['here\n', null]);
});
