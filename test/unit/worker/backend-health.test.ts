import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import {
  BackendHealth,
  createBackendHealthBuffers,
} from '../../../src/worker/health/backend-health.ts';
import { OVERFLOW_SLOT } from '../../../src/worker/backend-state.ts';
import type { EjectionRules } from '../../../src/worker/health/health-word.ts';
import type { HealthRace } from './health-racer.ts';

const SLOT = 3;
const RACER = new URL('health-racer.js', import.meta.url);
const RULES: EjectionRules = { ejectAfter: 3, ejectForMs: 10_000, slowStartMs: 10_000 };
const T0 = 1_800_000_000_000;
const MINUTE = 60_000;

function healthOf(rules: Partial<EjectionRules> = {}): BackendHealth {
  return new BackendHealth(createBackendHealthBuffers(), { ...RULES, ...rules });
}

/** Fail as often as it takes; whether the last one ejected it, and only that. */
function failAll(health: BackendHealth, nowMs: number): void {
  const results = [1, 2, 3].map(() => health.failed(SLOT, nowMs, 'refused'));
  assert.deepEqual(results, [false, false, true]);
}

test('a backend is put out of use by failures in a row, and by one answer in between it is not', () => {
  const health = healthOf();
  health.failed(SLOT, T0, 'refused');
  health.failed(SLOT, T0, 'timeout');
  assert.deepEqual([health.state(SLOT, T0), health.share(SLOT, T0)], ['healthy', 1]);
  health.succeeded(SLOT, T0);
  failAll(health, T0);
  assert.deepEqual([health.state(SLOT, T0), health.share(SLOT, T0)], ['ejected', 0]);
  assert.deepEqual([health.ejectedUntil(SLOT), health.ejected], [T0 + 10_000, 1]);
  assert.deepEqual([health.ejections.refused, health.ejections.timeout], [1, 0]);
  assert.deepEqual([health.state(SLOT + 1, T0), health.ejectedUntil(SLOT + 1)], ['healthy', 0]);
});

test('a connection that stands ends a row of failed ones, but not where the backend then closes', () => {
  const health = healthOf();
  for (let i = 0; i < 9; i++) {
    health.failed(SLOT, T0, 'refused');
    health.connected(SLOT);
  }
  assert.equal(health.state(SLOT, T0), 'healthy');
  for (let i = 0; i < 3; i++) {
    health.connected(SLOT);
    health.failed(SLOT, T0, 'closed');
  }
  assert.equal(health.state(SLOT, T0), 'ejected');
});

test('while its time runs, nothing that sessions meet changes it', () => {
  const health = healthOf();
  failAll(health, T0);
  for (let i = 0; i < 9; i++) assert.equal(health.failed(SLOT, T0 + 1, 'refused'), false);
  health.succeeded(SLOT, T0 + 9999);
  health.connected(SLOT);
  assert.deepEqual(
    [health.state(SLOT, T0 + 9999), health.ejectedUntil(SLOT), health.ejected],
    ['ejected', T0 + 10_000, 1],
  );
});

test('when its time is over it is out of use until somebody has proved that it is back', () => {
  const health = healthOf();
  failAll(health, T0);
  const later = T0 + 24 * 60 * MINUTE;
  assert.deepEqual([health.state(SLOT, later), health.share(SLOT, later)], ['recovering', 0]);
  health.admit(SLOT, later);
  assert.deepEqual([health.state(SLOT, later), health.ejected], ['healthy', 0]);
  assert.equal(health.ejectedUntil(SLOT), 0);
});

test('where nobody probes, one session at a time tries it out', () => {
  const health = healthOf();
  failAll(health, T0);
  assert.equal(health.tryOut(SLOT, T0 + 9999), false);
  const over = T0 + 10_000;
  assert.deepEqual([health.tryOut(SLOT, over), health.tryOut(SLOT, over)], [true, false]);
  assert.equal(health.state(SLOT, over), 'recovering');
  assert.equal(health.tryOut(SLOT, over + 9999), false, 'it has ten seconds');
  assert.equal(health.tryOut(SLOT, over + 10_000), true, 'and then another may');
  health.succeeded(SLOT, over + 10_001);
  assert.deepEqual([health.state(SLOT, over + 10_001), health.ejected], ['healthy', 0]);
});

test('where the control plane probes, no session tries it out', () => {
  const health = healthOf();
  health.expectProbe(SLOT);
  failAll(health, T0);
  assert.equal(health.tryOut(SLOT, T0 + 10_000), true, 'it was not out when that was said');
  health.expectProbe(SLOT);
  assert.equal(health.tryOut(SLOT, T0 + MINUTE), false);
  assert.equal(health.failed(SLOT, T0 + MINUTE, 'probe'), false, 'it was out already');
  assert.equal(health.tryOut(SLOT, T0 + 60 * MINUTE), false);
  assert.deepEqual([health.ejections.refused, health.ejections.probe], [1, 0]);
  health.admit(SLOT, T0 + 60 * MINUTE);
  failAll(health, T0 + 61 * MINUTE);
  assert.equal(health.tryOut(SLOT, T0 + 70 * MINUTE), true, 'until it says so again');
});

test('each time is twice as long, up to five minutes', () => {
  const health = healthOf();
  failAll(health, T0);
  const durations: number[] = [];
  for (let i = 0; i < 8; i++) {
    const now = health.ejectedUntil(SLOT);
    health.failed(SLOT, now, 'refused');
    durations.push((health.ejectedUntil(SLOT) - now) / 1000);
  }
  assert.deepEqual(durations, [20, 40, 80, 160, 300, 300, 300, 300]);
  assert.equal(health.ejected, 1);
});

test('every minute in use forgets one time', () => {
  const durationAfter = (minutes: number) => {
    const health = healthOf();
    failAll(health, T0);
    health.failed(SLOT, T0 + 10_000, 'refused');
    const back = T0 + MINUTE;
    health.admit(SLOT, back);
    failAll(health, back + minutes * MINUTE);
    return health.ejectedUntil(SLOT) - (back + minutes * MINUTE);
  };
  assert.deepEqual(
    [0, 0.9, 1, 2, 500].map(durationAfter),
    [40_000, 40_000, 20_000, 10_000, 10_000],
  );
});

test('a backend that is back starts with a tenth of its weight', () => {
  const health = healthOf();
  failAll(health, T0);
  health.admit(SLOT, T0);
  const shares = [0, 500, 1000, 5000, 9999, 10_000].map((ms) => health.share(SLOT, T0 + ms));
  assert.deepEqual(shares, [0.1, 0.1, 0.1, 0.5, 0.9999, 1]);
  assert.equal(health.share(SLOT, T0 - 5000), 0.1, 'a clock that was set back');
  const atOnce = healthOf({ slowStartMs: 0 });
  atOnce.eject(SLOT, T0, 'probe');
  atOnce.admit(SLOT, T0);
  assert.equal(atOnce.share(SLOT, T0), 1);
});

test('--eject-after 0 leaves ejecting to probes', () => {
  const health = healthOf({ ejectAfter: 0 });
  for (let i = 0; i < 1000; i++) health.failed(SLOT, T0, 'refused');
  assert.equal(health.state(SLOT, T0), 'healthy');
  assert.equal(health.eject(SLOT, T0 + 1000, 'probe'), true);
  assert.equal(health.eject(SLOT, T0 + 2000, 'shared'), false);
  assert.deepEqual([health.ejectedUntil(SLOT), health.ejected], [T0 + 2000, 1]);
  assert.deepEqual([health.ejections.probe, health.ejections.shared], [1, 0]);
});

test('a slot that is for another backend knows nothing of the last one', () => {
  const health = healthOf();
  failAll(health, T0);
  health.forget(SLOT);
  assert.deepEqual(
    [health.state(SLOT, T0), health.ejected, health.share(SLOT, T0)],
    ['healthy', 0, 1],
  );
  failAll(health, T0);
  assert.equal(health.ejectedUntil(SLOT), T0 + 10_000);
});

test('backends that share the last slot are never ejected', () => {
  const health = healthOf();
  for (let i = 0; i < 9; i++) health.failed(OVERFLOW_SLOT, T0, 'refused');
  health.eject(OVERFLOW_SLOT, T0 + 1, 'probe');
  assert.deepEqual([health.state(OVERFLOW_SLOT, T0), health.ejected], ['healthy', 0]);
});

test('of workers that see the last failure at once, exactly one ejects', async () => {
  const buffers = createBackendHealthBuffers();
  const slots = 20_000;
  const race: HealthRace = { buffers, rules: RULES, slots, nowMs: T0 };
  const racers = [0, 1].map(() => new Worker(RACER, { workerData: race }));
  const ejected = await Promise.all(racers.map(async (racer) => once(racer, 'message')));
  const health = new BackendHealth(buffers, RULES);
  assert.equal(Number(ejected[0]) + Number(ejected[1]), slots);
  assert.deepEqual([health.ejected, health.ejections.refused], [slots, slots]);
});
