import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listen } from '../support/listening.ts';
import { sumOf } from '../support/metrics.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { startSluice } from '../support/sluice.ts';
import { ask, unserved } from './load.ts';

const NAME = 'app.example.test';
const WIDTH = 50;
const CLIENTS = 1500;
const FEW = 400;
/** What the README promises of a budget of 20 %: 10 a second for ten seconds, and a fifth of the sessions. */
const WINDOW_MS = 10_000;
const FLOOR = 100;
const SHARE = 0.2;
const SEVERAL = process.env['TEST_ENGINE'] === 'net' ? 1 : 4;

/** The attempts that there may be for so many sessions, all of which come to nothing, within this time. */
function mostAttempts(sessions: number, ms: number): number {
  return sessions * (1 + SHARE) + FLOOR * (Math.floor(ms / WINDOW_MS) + 1);
}

/** Ports that are ours, where nobody listens for now. */
async function downPorts(count: number): Promise<number[]> {
  const places = await Promise.all(Array.from({ length: count }, () => listen()));
  for (const { server } of places) server.close();
  return places.map(({ port }) => port);
}

/** A probe takes nothing else from a backend for the sign that it is back. */
const inTlsRecord = (name: string) => `\x16\x03\x03\0${String.fromCharCode(name.length)}${name}`;

const addressesOf = (ports: readonly number[]) => ports.map((port) => `127.0.0.1:${port}`);

test('all backends are down: everybody is told at once, and the outage is not multiplied', async (t) => {
  const ports = await downPorts(3);
  await using sluice = await startSluice({ routes: { [NAME]: { backends: addressesOf(ports) } } });
  const address = sluice.address();
  const startedAt = performance.now();
  const seen = await ask({ address, name: NAME, width: WIDTH, until: CLIENTS });
  const tookMs = performance.now() - startedAt;
  const metrics = await sluice.metrics();
  const attempts = sumOf(metrics, 'sluice_backend_connects_total');
  t.diagnostic(`${JSON.stringify(seen)}, ${attempts} attempts`);
  assert.deepEqual(seen.answers, { 'alert 80': CLIENTS });
  assert.ok(attempts <= mostAttempts(CLIENTS, tookMs), `${attempts} attempts in ${tookMs} ms`);
  assert.ok(sumOf(metrics, 'sluice_retry_budget_exhausted_total') > CLIENTS / 2);

  const names = ['one', 'two', 'three'].map(inTlsRecord);
  // All of them are back, and all clients come at once.
  await using one = await startNamedBackend(names[0]!, { port: ports[0]! });
  await using two = await startNamedBackend(names[1]!, { port: ports[1]! });
  await using three = await startNamedBackend(names[2]!, { port: ports[2]! });
  // The one that was put out of use comes back later than the others.
  const served = new Map<string, number>();
  await ask({
    address,
    name: NAME,
    width: 5,
    until: () => names.every((name) => (served.get(name) ?? 0) >= 20),
    onAnswer: (answer) => served.set(answer, (served.get(answer) ?? 0) + 1),
  });
  const before = [one, two, three].map(({ accepted }) => accepted);
  const herd = await ask({ address, name: NAME, width: 300, until: CLIENTS });
  t.diagnostic(`herd: ${JSON.stringify(herd)}`);
  assert.equal(unserved(herd, ...names), 0);
  const shares = [one, two, three].map(({ accepted }, index) => accepted - before[index]!);
  t.diagnostic(`accepted: ${shares.join(' ')}`);
  // Nobody is left out, and nobody gets it all.
  assert.ok(Math.min(...shares) > CLIENTS / 30, shares.join(' '));
});

test('an outage is multiplied no more where several workers share it', async (t) => {
  const backends = addressesOf(await downPorts(3));
  const args = [`--workers=${SEVERAL}`];
  await using sluice = await startSluice({ routes: { [NAME]: { backends } }, args });
  const startedAt = performance.now();
  await ask({ address: sluice.address(), name: NAME, width: WIDTH, until: FEW });
  const tookMs = performance.now() - startedAt;
  const attempts = sumOf(await sluice.metrics(), 'sluice_backend_connects_total');
  t.diagnostic(`${attempts} attempts of ${FEW} sessions in ${tookMs} ms`);
  assert.ok(attempts <= mostAttempts(FEW, tookMs) + SEVERAL, `${attempts} attempts`);
});

test('a backend that flaps is noticed by nobody', async (t) => {
  const [port] = await downPorts(1);
  await using steady = await startNamedBackend('steady');
  const backends = [steady.address, ...addressesOf([port!])];
  await using sluice = await startSluice({ routes: { [NAME]: { backends } } });
  const address = sluice.address();
  let isOver = false;
  const flaps = async () => {
    for (let i = 0; i < 10; i++) {
      await using _up = await startNamedBackend('flapping', { port: port! });
      await ask({ address, name: NAME, width: 2, until: 20 });
    }
    isOver = true;
  };
  const [seen] = await Promise.all([
    ask({ address, name: NAME, width: 10, until: () => isOver }),
    flaps(),
  ]);
  t.diagnostic(JSON.stringify(seen));
  assert.equal(unserved(seen, 'steady', 'flapping'), 0);
});
