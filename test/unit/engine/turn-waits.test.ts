import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { epollUnavailable } from '../../../src/engine/epoll/system/available.ts';
import { createEpollEngine } from '../../../src/engine/epoll/epoll-engine.ts';
import { measureTurns } from '../../../src/engine/net/turns.ts';
import { TurnWaits, WAIT_BOUNDS, WAIT_CELLS } from '../../../src/engine/turn-waits.ts';
import { eventually } from '../../support/wait.ts';

const BLOCK_MS = 60;
const skip = epollUnavailable() ?? false;

function start() {
  const cells = new Float64Array(WAIT_CELLS);
  const longTurns = () => {
    const from = WAIT_BOUNDS.findIndex((bound) => bound * 1000 > BLOCK_MS);
    return cells.subarray(from, WAIT_CELLS - 1).reduce((sum, count) => sum + count, 0);
  };
  return { cells, waits: new TurnWaits(cells), longTurns };
}

function block(): void {
  const until = performance.now() + BLOCK_MS;
  while (performance.now() < until);
}

test('a turn is counted below its bound, or past the last, and added to the sum', () => {
  const { cells, waits } = start();
  for (const ms of [0.05, 0.1, 0.2, 10_000]) waits.worked(ms);
  assert.deepEqual([cells[0], cells[1], cells[WAIT_BOUNDS.length]], [2, 1, 1]);
  assert.ok(Math.abs(cells[WAIT_CELLS - 1]! - 10.00035) < 1e-9);
});

test('net: a turn that worked long is seen', async () => {
  const { waits, longTurns } = start();
  measureTurns(waits);
  await setImmediate();
  block();
  await eventually(() => longTurns() > 0);
});

test('epoll: a turn that worked long is seen', { skip }, async () => {
  const { waits, longTurns } = start();
  const engine = createEpollEngine({ waits });
  const at = { ip: '127.0.0.1', port: 0, backlog: 1, ipv6Only: false };
  const listening = await engine.listen(at, () => {});
  await setTimeout(1);
  block();
  await eventually(() => longTurns() > 0);
  await listening.close();
  engine.destroy();
});
