import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LossAlarm } from '../../../../src/control/sources/loss/loss-alarm.ts';

test('a loss is told when it begins, about every minute, and when it is over', () => {
  const lines: string[] = [];
  const log = {
    info: () => lines.push('info'),
    warn: () => lines.push('warn'),
    error: () => lines.push('error'),
  };
  const alarm = new LossAlarm(log, 'redis://127.0.0.1', 'hostnames:accept-loss');
  alarm.tell({ held: 0, routes: 10 }, 0);
  assert.deepEqual(lines, []);
  for (const now of [1000, 2000, 40_000, 58_000, 59_000]) alarm.tell({ held: 9, routes: 10 }, now);
  assert.deepEqual(lines, ['error', 'error']);
  alarm.tell({ held: 0, routes: 1 }, 59_500);
  alarm.tell({ held: 0, routes: 1 }, 59_600);
  assert.deepEqual(lines, ['error', 'error', 'info']);
});
