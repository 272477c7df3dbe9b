import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackendUses } from '../../../../src/control/health/backend-uses.ts';
import { Ejections } from '../../../../src/control/health/ejections.ts';
import { HealthWatch, type ProbeRules } from '../../../../src/control/health/health-watch.ts';
import type { ProbeTarget } from '../../../../src/control/health/probe/probe.ts';
import { probeKind } from '../../../../src/control/health/probe/target.ts';
import type { ProbeResult, ProbeVerdict } from '../../../../src/control/health/probe/verdict.ts';
import { UsedSlots } from '../../../../src/control/health/used-slots.ts';
import type { BackendUse } from '../../../../src/control/routes/route-backends.ts';
import { NO_OPTIONS } from '../../../../src/session/route.ts';
import {
  BackendHealth,
  createBackendHealthBuffers,
} from '../../../../src/worker/health/backend-health.ts';
import { use } from './uses.ts';

const START = 1_700_000_000_000;
const INTERVAL_MS = 5000;
const EJECT_MS = 10_000;
const TEN_MINUTES = 600_000;
const SLOTS = 1024;
const QUIET = { info() {}, warn() {}, error() {} };

/** A watch of one edge, whose clock and probes are the test's. */
class World {
  now = START;
  readonly health = new BackendHealth(createBackendHealthBuffers(), {
    ejectAfter: 3,
    ejectForMs: EJECT_MS,
    slowStartMs: 0,
  });
  readonly marks = new SharedArrayBuffer(SLOTS);
  readonly probes: ProbeTarget[] = [];
  readonly told: [name: string, until: number][] = [];
  answer: (target: ProbeTarget) => ProbeResult | Promise<ProbeResult> = () => 'ok';
  room = 64;
  readonly watch: HealthWatch;

  constructor(uses: readonly BackendUse[], rules: Partial<ProbeRules> = {}) {
    const probes = { kind: 'off', intervalMs: INTERVAL_MS, rise: 2, fall: 3 } as const;
    const whole: ProbeRules = { ...probes, path: '/', status: { min: 200, max: 399 }, ...rules };
    const { health } = this;
    this.watch = new HealthWatch({
      health,
      uses: new BackendUses(routesOf(uses), ({ options, protocol }) =>
        probeKind(options.probe ?? whole.kind, protocol),
      ),
      used: new UsedSlots(this.marks),
      ejections: new Ejections(QUIET),
      prober: this,
      rules: whole,
      end: () => SLOTS,
      onOut: ({ name }, until) => this.told.push([name, until]),
      onRoom: () => {},
      now: () => this.now,
      random: () => 0.5,
    });
  }

  use(slot: number): void {
    new Uint8Array(this.marks)[slot] = 1;
  }

  /** By sessions. */
  eject(slot: number): void {
    this.use(slot);
    for (let i = 0; i < 3; i++) this.health.failed(slot, this.now, 'refused');
  }

  /** Let time pass, a second at a time, and every probe end. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 1000) {
      this.now += 1000;
      this.watch.tick(this.now);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  state(slot = 1) {
    return this.health.state(slot, this.now);
  }

  async probe(target: ProbeTarget): Promise<ProbeVerdict> {
    this.probes.push(target);
    return { result: await this.answer(target), why: 'said so' };
  }
}

function routesOf(uses: readonly BackendUse[]) {
  const usesOf = (asked: string) => uses.filter(({ pattern }) => pattern === asked);
  return { version: 1, uses: () => uses, usesOf };
}

test('a backend that failed is probed when its time is over, and only then', async () => {
  const world = new World([use({})]);
  world.eject(1);
  await world.pass(EJECT_MS - 1000);
  assert.deepEqual([world.state(), world.probes.length], ['ejected', 0]);
  await world.pass(2000);
  assert.deepEqual([world.state(), world.probes.length], ['healthy', 1]);
  assert.deepEqual([world.probes[0]!.kind, world.probes[0]!.name], ['tls', 'app.example.test']);
});

test('no session tries out a backend that is going to be probed', async () => {
  const world = new World([use({})]);
  world.eject(1);
  await world.pass(1000);
  assert.equal(world.health.tryOut(1, world.now + EJECT_MS), false);
});

test('a recovery that is disproved ejects for longer each time', async () => {
  const world = new World([use({})]);
  world.answer = () => 'refused';
  world.eject(1);
  await world.pass(8 * EJECT_MS);
  assert.equal(world.probes.length, 3, 'after 10 s, 20 s more and 40 s more');
  assert.deepEqual(
    world.told.map(([, until]) => Math.round((until - START) / EJECT_MS)),
    [1, 3, 7, 15],
  );
});

test('a recovery is asked for as one route after the other, until one succeeds', async () => {
  const world = new World([use({ pattern: 'bad.test' }), use({ pattern: 'good.test' })]);
  world.answer = ({ name }) => (name === 'good.test' ? 'ok' : 'alert');
  world.eject(1);
  await world.pass(EJECT_MS + 1000);
  assert.deepEqual([world.probes.length, world.state()], [2, 'healthy']);
});

test('what is wanting in the edge itself says nothing about a backend', async () => {
  const world = new World([use({})], { kind: 'tls', fall: 1 });
  world.answer = () => 'no-resources';
  world.use(1);
  await world.pass(10 * INTERVAL_MS);
  assert.equal(world.state(), 'healthy');
  assert.ok(world.probes.length > 10, 'it is asked again soon');
});

test('active probes eject after as many failures in a row, and bring back after as many successes', async () => {
  const world = new World([use({})], { kind: 'tls' });
  world.use(1);
  world.answer = () => 'timeout';
  const probesUntil = async (state: string) => {
    const before = world.probes.length;
    for (let i = 0; i < 100 && world.state() !== state; i++) await world.pass(1000);
    return world.probes.length - before;
  };
  assert.equal(await probesUntil('ejected'), 3);
  await world.pass(3 * INTERVAL_MS);
  assert.notEqual(world.state(), 'healthy');
  world.answer = () => 'ok';
  assert.equal(await probesUntil('healthy'), 2);
});

test('no session tries out a backend that active probes have ejected', async () => {
  const world = new World([use({})], { kind: 'tls', fall: 1 });
  world.use(1);
  world.answer = () => 'timeout';
  while (world.state() === 'healthy') await world.pass(1000);
  assert.equal(world.health.tryOut(1, world.now + INTERVAL_MS), false);
});

test('a failure between successes ejects nobody', async () => {
  const world = new World([use({})], { kind: 'tls', fall: 2 });
  world.use(1);
  world.answer = () => (world.probes.length % 2 === 0 ? 'timeout' : 'ok');
  await world.pass(20 * INTERVAL_MS);
  assert.ok(world.probes.length >= 15);
  assert.equal(world.state(), 'healthy');
});

test('a backend that no session was sent to is not probed', async () => {
  const world = new World([use({}), use({ slot: 2 })], { kind: 'tls' });
  world.use(2);
  await world.pass(4 * INTERVAL_MS);
  const addresses = new Set(world.probes.map(({ endpoint }) => JSON.stringify(endpoint)));
  assert.deepEqual([...addresses], ['{"ip":"10.0.0.2","port":443}']);
});

test('a route may have probes of its own, or none', async () => {
  const off = use({ options: { ...NO_OPTIONS, probe: 'off' } });
  const on = use({ slot: 2, protocol: 'http', options: { ...NO_OPTIONS, probe: 'http' } });
  const world = new World([off, on], { kind: 'tcp' });
  world.use(1);
  world.use(2);
  await world.pass(2 * INTERVAL_MS);
  assert.deepEqual(new Set(world.probes.map(({ kind }) => kind)), new Set(['http']));
});

test('a route whose probes fail does not take a backend from another route', async () => {
  const bad = use({ pattern: 'bad.test', options: { ...NO_OPTIONS, probe: 'tls' } });
  const world = new World([bad, use({ pattern: 'good.test' })]);
  world.use(1);
  world.answer = ({ name }) => (name === 'bad.test' ? 'alert' : 'ok');
  await world.pass(20 * INTERVAL_MS);
  assert.ok(world.probes.length >= 15);
  assert.equal(world.state(), 'healthy');
});

test('no more probes are begun than there is room for, and everyone has a turn', async () => {
  const slots = [1, 2, 3, 4];
  const world = new World(
    slots.map((slot) => use({ slot })),
    { kind: 'tls' },
  );
  for (const slot of slots) world.use(slot);
  const probed = new Set<string>();
  world.answer = ({ endpoint }) => {
    probed.add(JSON.stringify(endpoint));
    world.room = 0;
    return 'ok';
  };
  for (let i = 0; i < 20; i++) {
    world.room = 1;
    const before = world.probes.length;
    await world.pass(1000);
    assert.ok(world.probes.length - before <= 1);
  }
  assert.equal(probed.size, 4);
});

test('a backend that is out is left alone while nobody asks for its route, and proves itself when somebody does', async () => {
  for (const kind of ['off', 'tls'] as const) {
    const world = new World([use({}), use({ slot: 2 })], { kind, rise: 1 });
    world.answer = () => 'refused';
    world.eject(1);
    await world.pass(TEN_MINUTES);
    const asked = world.probes.length;
    assert.ok(asked > 0, 'as long as it was in use');
    await world.pass(TEN_MINUTES);
    const { length } = world.probes;
    await world.pass(2 * TEN_MINUTES);
    assert.equal(world.probes.length, length);
    assert.notEqual(world.state(), 'healthy');
    world.answer = ({ endpoint }) => ('ip' in endpoint ? 'ok' : 'refused');
    world.use(2);
    await world.pass(2000);
    assert.ok(world.probes.length > length, 'no client goes where no probe was');
    assert.equal(world.state(), 'healthy');
  }
});

test('a backend that stays out is probed less and less often, down to once a minute', async () => {
  const world = new World([use({})], { kind: 'tls', fall: 1 });
  const at: number[] = [];
  world.answer = () => {
    at.push(world.now);
    return 'timeout';
  };
  world.use(1);
  await world.pass(TEN_MINUTES);
  const pauses = at.slice(1).map((time, i) => Math.round((time - at[i]!) / 1000));
  assert.deepEqual(pauses.slice(0, 7), [5, 10, 20, 40, 60, 60, 60]);
});

test('a route whose backends all hang keeps no other from proving its own', async () => {
  const hostile = Array.from({ length: 500 }, (_, i) => i + 2);
  const dead = hostile.map((slot) => use({ slot, pattern: 'dead.test' }));
  const world = new World([...dead, use({ pattern: 'victim.test' })]);
  let hanging = 0;
  world.answer = ({ name }) => {
    if (name === 'victim.test') return 'ok';
    world.room--;
    hanging++;
    // Never answered: a timeout would only come later.
    return new Promise(() => {});
  };
  for (const slot of [...hostile, 1]) world.eject(slot);
  await world.pass(EJECT_MS + 1000);
  assert.equal(hanging, 8);
  assert.equal(world.state(), 'healthy');
});
