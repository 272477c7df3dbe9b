import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sumOf } from '../support/metrics.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { dropPackets, enterOwnNetwork, skipWithout } from '../support/own-network.ts';
import { startSluice } from '../support/sluice.ts';
import { BLACK_HOLE, MET, SPARED } from './bad-backends.ts';
import { ask, unserved } from './load.ts';

const NAME = 'app.example.test';
const CLIENTS = 400;
const WIDTH = 20;

const alone = skipWithout(enterOwnNetwork() ?? dropPackets(`ip daddr ${BLACK_HOLE}`));

for (const [what, start] of Object.entries(SPARED)) {
  const skip = what.startsWith('drops') && alone;
  test(`one of three backends ${what}: no client notices`, { skip }, async (t) => {
    await using bad = await start();
    await using two = await startNamedBackend('two');
    await using three = await startNamedBackend('three');
    const backends = [bad.address, two.address, three.address];
    await using sluice = await startSluice({
      routes: { [NAME]: { backends } },
      args: ['--connect-timeout', '500ms'],
    });
    const address = sluice.address();
    const seen = await ask({ address, name: NAME, width: WIDTH, until: CLIENTS });
    const metrics = await sluice.metrics();
    const retries = sumOf(metrics, 'sluice_backend_retries_total');
    t.diagnostic(`${JSON.stringify(seen)}, ${retries} retries`);
    assert.equal(unserved(seen, 'two', 'three'), 0);
    assert.ok(retries > 0, 'it was never tried');
    assert.equal(sumOf(metrics, 'sluice_retry_budget_exhausted_total'), 0);
    // Attempts wait for each other at most twice, and the machine for whatever else it does.
    assert.ok(seen.slowestMs < 10_000, `one waited ${seen.slowestMs} ms`);
  });
}

for (const [what, [met, start]] of Object.entries(MET)) {
  test(`one of two backends ${what}: who has met it sees that, nobody else does`, async (t) => {
    await using bad = await start();
    await using two = await startNamedBackend('two');
    await using sluice = await startSluice({
      routes: { [NAME]: { backends: [bad.address, two.address], balance: 'round-robin' } },
      args: ['--idle-timeout', '1s'],
    });
    const address = sluice.address();
    const seen = await ask({ address, name: NAME, width: WIDTH, until: CLIENTS / 4 });
    t.diagnostic(JSON.stringify(seen));
    const { [met]: metIt = 0, reset = 0 } = seen.answers;
    assert.equal(unserved(seen, 'two', met, 'reset'), 0);
    // A reset may overtake the byte.
    assert.equal(metIt + reset, bad.accepted);
    assert.ok(seen.answers['two']! >= CLIENTS / 4 / 2, 'half of them were served');
    assert.ok(seen.slowestMs < 15_000, `one waited ${seen.slowestMs} ms`);
  });
}
