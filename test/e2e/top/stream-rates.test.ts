import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'node:test';
import type { Overview } from '../../../src/control/report/overview/overview.ts';
import { clientHello } from '../../support/client-hello.ts';
import { startRawBackend } from '../../support/raw-backend.ts';
import { connectRaw } from '../../support/raw-client.ts';
import type { RawSocket } from '../../support/raw-socket.ts';
import { startSluice } from '../../support/sluice.ts';
import { eventually } from '../../support/wait.ts';

const HOST = 'stream.example.test';
const BYTES_PER_MS = 200;
const TICK_MS = 50;
/** Until rates are over whole stretches of the stream, and looked at from there. */
const FIRST = 6;
const LOOKED_AT = 7;

test('a steady stream of one long session has a rate that is steady, and never none', async () => {
  await using backend = await startRawBackend();
  await using sluice = await startSluice({ routes: { [HOST]: { backends: [backend.address] } } });
  await using client = await connectRaw(sluice.address());
  await client.send(clientHello(HOST));
  await using connection = await backend.accept();
  const stop = new AbortController();
  const sending = stream(connection, stop.signal);
  const seen = new Map<string, Overview>();
  await eventually(async () => {
    const overview = JSON.parse((await sluice.admin('/api/v1/overview')).body) as Overview;
    if (overview.rates.bytesFromBackend > 0 || seen.size > 0) seen.set(overview.time, overview);
    return seen.size === FIRST + LOOKED_AT;
  });
  stop.abort();
  await sending;
  const last = [...seen.values()].slice(-LOOKED_AT);
  assertSteady(last.map(({ rates }) => rates.bytesFromBackend));
  assertSteady(last.map(({ hosts: [row] }) => row!.bytesFromBackendPerSecond));
});

function assertSteady(rates: readonly number[]): void {
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  for (const rate of rates) assert.ok(rate > mean / 2 && rate < mean * 2, rates.join(', '));
}

/** As many bytes as are due by the clock: a late tick sends more. */
async function stream(connection: RawSocket, stop: AbortSignal): Promise<void> {
  const began = performance.now();
  let sent = 0;
  while (!stop.aborted) {
    const due = Math.floor((performance.now() - began) * BYTES_PER_MS) - sent;
    await connection.send(Buffer.alloc(due));
    sent += due;
    await delay(TICK_MS);
  }
}
