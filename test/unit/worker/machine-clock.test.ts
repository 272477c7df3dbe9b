import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { machineNow, machineTimeOf, wallTimeOf } from '../../../src/worker/machine-clock.ts';

const CLOCK = pathToFileURL(join(import.meta.dirname, '../../../src/worker/machine-clock.js')).href;
const ASK = `
  import { parentPort } from 'node:worker_threads';
  import { machineNow } from ${JSON.stringify(CLOCK)};
  parentPort.postMessage(machineNow());
`;
/** What two looks at a clock may be apart by rounding alone. */
const NEARLY_MS = 1;

test('the clock of the machine is the same in every thread', async () => {
  const before = machineNow();
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(ASK)}`));
  const [now] = (await once(worker, 'message')) as [number];
  const after = machineNow();
  await worker.terminate();
  assert.ok(before - NEARLY_MS < now && now < after + NEARLY_MS, `${before} ${now} ${after}`);
});

test('what other edges are told is a time of the wall clock, and comes back as one of ours', () => {
  const inAMinute = wallTimeOf(machineNow() + 60_000);
  assert.ok(Number.isInteger(inAMinute) && inAMinute > Date.now());
  assert.ok(machineTimeOf(inAMinute) <= machineNow() + 60_000 + NEARLY_MS);
});
