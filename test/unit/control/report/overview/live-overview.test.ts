import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { layoutCounters } from '../../../../../src/account/counters.ts';
import {
  LiveOverview,
  type LiveParts,
  type Watcher,
} from '../../../../../src/control/report/overview/live-overview.ts';
import { zeroCounters, type SourceStatus } from '../../../../../src/control/sources/source.ts';
import { eventually } from '../../../../support/wait.ts';

const LINE = '{"time":"2026-11-23T15:04:03.100Z","termination":"connect-failed"}';

test('one overview is made for all who ask within a second', async (t) => {
  const { live, edge } = start(t);
  const [one, two] = await Promise.all([live.read(), live.read()]);
  assert.equal(one, two);
  assert.equal(edge.made, 1);
});

test('whoever watches is told at once and each second, and everybody the same', async (t) => {
  const { live, edge } = start(t);
  const [one, two] = [new Listener(), new Listener()];
  live.watch(one);
  live.watch(two);
  await Promise.all([one.wrote('overview', 3), two.wrote('overview', 3)]);
  assert.ok(edge.made <= 3, `made ${edge.made} times`);
  assert.equal(one.events('overview').at(-1), two.events('overview').at(-1));
});

test('whoever comes while an overview is made is told of it once', async (t) => {
  const { live, edge } = start(t);
  const listener = new Listener();
  live.watch(listener);
  await listener.wrote('overview', 4);
  const told = listener.events('overview');
  assert.equal(new Set(told).size, told.length);
  assert.equal(edge.made, told.length);
});

test('an overview that takes longer than a second is told once, and then the next', async (t) => {
  const { live, edge } = start(t);
  edge.isSlow = true;
  const [one, two] = [new Listener(), new Listener()];
  live.watch(one);
  await eventually(() => edge.looks > 0);
  // Some ticks wait for it by then.
  const started = performance.now();
  await eventually(() => performance.now() - started > 2500);
  live.watch(two);
  edge.isSlow = false;
  await Promise.all([one.wrote('overview', 2), two.wrote('overview', 2)]);
  for (const { length, told } of [one, two].map((each) => tally(each.events('overview'))))
    assert.equal(told, length);
  assert.equal(one.events('overview')[0], two.events('overview')[0]);
});

test('nothing is made where nobody watches, and failures are listened to only meanwhile', async (t) => {
  const { live, edge } = start(t);
  const listener = new Listener();
  const leave = [live.watch(listener), live.watch(new Listener())];
  assert.equal(edge.listeners, 1);
  await listener.wrote('overview', 2);
  for (const each of leave) each();
  assert.equal(edge.listeners, 0);
  const { made } = edge;
  const other = new Listener();
  start(t).live.watch(other);
  await other.wrote('overview', 3);
  assert.equal(edge.made, made);
});

test('failures are told as they come, a line each', async (t) => {
  const { live, edge } = start(t);
  const listener = new Listener();
  live.watch(listener);
  edge.fail(`${LINE}\n${LINE}\n`);
  assert.deepEqual(listener.events('failure'), [LINE, LINE]);
});

test('the newest failures come first', async (t) => {
  const { live, edge } = start(t);
  edge.failed = [`{"n":0}`, ...Array.from({ length: 60 }, (_, i) => `{"n":${i + 1}}`)];
  const { failures } = await live.read();
  assert.deepEqual([failures.length, failures[0], failures.at(-1)], [50, { n: 60 }, { n: 11 }]);
});

test('an edge that cannot tell is asked again, and whoever watches stays', async (t) => {
  const { live, edge } = start(t);
  edge.breaks = true;
  await assert.rejects(live.read(), /cannot tell/);
  const listener = new Listener();
  live.watch(listener);
  edge.breaks = false;
  await listener.wrote('overview', 1);
});

test('the age of the routes is that of what they were last known to be', async (t) => {
  const now = Date.now();
  const ages: readonly (readonly [Partial<SourceStatus>, number | null])[] = [
    [{}, 0],
    [{ ready: false }, null],
    [{ staleSince: now - 10_000 }, 10],
    [{ snapshotAt: now - 3_600_000, staleSince: now - 10_000 }, 3600],
  ];
  for (const [status, age] of ages) {
    const { live, edge } = start(t);
    edge.status = status;
    const { source } = await live.read();
    const isNear = age === null ? source.ageSeconds === null : source.ageSeconds! - age <= 1;
    assert.ok(isNear, `${source.ageSeconds} for ${age}`);
    assert.equal(source.fromSnapshot, 'snapshotAt' in status);
  }
});

function tally(texts: readonly string[]): { length: number; told: number } {
  return { length: texts.length, told: new Set(texts).size };
}

/** Who watches: keeps what was written. */
class Listener implements Watcher {
  #text = '';

  write(text: string): boolean {
    this.#text += text;
    return true;
  }

  /** The data of the events of this name so far. */
  events(name: string): string[] {
    const pieces = this.#text.split('\n\n').slice(0, -1);
    const head = `event: ${name}\ndata: `;
    return pieces.filter((each) => each.startsWith(head)).map((each) => each.slice(head.length));
  }

  async wrote(name: string, count: number): Promise<void> {
    await eventually(() => this.events(name).length >= count);
  }
}

function start(t: TestContext): { live: LiveOverview; edge: FakeEdge } {
  const edge = new FakeEdge();
  const live = new LiveOverview(edge.parts());
  t.after(() => live[Symbol.dispose]());
  return { live, edge };
}

/** An edge without sessions, of which everything can be said. */
class FakeEdge {
  made = 0;
  listeners = 0;
  breaks = false;
  isSlow = false;
  looks = 0;
  failed: readonly string[] = [];
  status: Partial<SourceStatus> = {};
  fail: (lines: string) => void = () => {};

  parts(): LiveParts {
    const layout = layoutCounters(['tls://:1']);
    return {
      edge: 'edge-1',
      engine: 'net',
      version: '0.0.0',
      startedAt: 0,
      layout,
      cells: [new Float64Array(layout.length)],
      limit: null,
      backends: {
        backends: () => this.#backends(),
        sessions: () => 0,
        state: () => 'healthy',
        share: () => 1,
        ejection: () => null,
      },
      problems: () => this.#make(),
      notes: () => [],
      source: () => ({ ...SOURCE, ...this.status }),
      running: () => [true],
      runtime: () => RUNTIME,
      hosts: () => [],
      failures: () => this.failed,
      onFailures: (listener) => {
        this.listeners++;
        this.fail = listener;
        return () => this.listeners--;
      },
    };
  }

  // The overview is not made before its backends have all been looked at.
  *#backends(): Generator<readonly [string, number]> {
    for (this.looks = 1; this.isSlow; this.looks++) yield [`10.0.0.1:${this.looks % 60_000}`, 1];
  }

  #make(): string[] {
    if (this.breaks) throw new Error('cannot tell');
    this.made++;
    return [];
  }
}

const SOURCE: SourceStatus = {
  kind: 'redis',
  from: 'redis://10.0.0.9',
  ready: true,
  connected: true,
  tracking: 'tracking',
  problem: null,
  routes: 1,
  badKeys: 0,
  lastSyncAt: 0,
  staleSince: null,
  snapshotAt: null,
  lossHeld: 0,
  snapshot: null,
  counters: zeroCounters(),
};

const RUNTIME = {
  lagP99Ms: null,
  rssBytes: 1,
  heapBytes: 1,
  openDescriptors: null,
  maxDescriptors: null,
  queued: 0,
  workers: [],
};
