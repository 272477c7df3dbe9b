import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { Mirror } from '../../../../../src/control/sources/routes/mirror.ts';
import { readingOf } from '../../../../../src/control/sources/routes/reading.ts';
import {
  EMPTY_RECORD,
  type RouteRecord,
} from '../../../../../src/control/sources/routes/route-record.ts';
import { SnapshotKeeper } from '../../../../../src/control/sources/snapshot/keeper.ts';
import { withSnapshot } from '../../../../../src/control/sources/snapshot/snapshot-source.ts';
import { StandIn } from '../../../../../src/control/sources/snapshot/stand-in.ts';
import { writeSnapshot } from '../../../../../src/control/sources/snapshot/write.ts';
import {
  zeroCounters,
  type EarlierRoutes,
  type RouteSink,
  type RouteSource,
  type SourceStatus,
} from '../../../../../src/control/sources/source.ts';
import { RecordingLog, RecordingSink } from '../../../../contract/source.ts';
import { makeFolder } from '../../../../support/folder.ts';
import { eventually } from '../../../../support/wait.ts';

const FROM = 'redis://127.0.0.1:6379';
const META = { database: 0, prefix: '' };
const AS_OF = Date.UTC(2026, 10, 22);
const ROUTES = new Map(
  ['a.test', 'b.test', 'c.test'].map((name): [string, RouteRecord] => [
    name,
    { ...EMPTY_RECORD, backends: ['10.0.0.1'] },
  ]),
);

/** A source that does what a test says. */
class ScriptedSource implements RouteSource {
  readonly routes = new Map(ROUTES);
  state: Partial<SourceStatus> = {};
  looks = 0;
  mirror: Mirror | null = null;

  get status(): SourceStatus {
    this.looks++;
    return {
      kind: 'redis',
      from: FROM,
      ready: this.mirror?.ready ?? false,
      connected: false,
      tracking: null,
      problem: null,
      routes: 0,
      badKeys: 0,
      lastSyncAt: null,
      staleSince: null,
      snapshotAt: this.mirror?.snapshotAt ?? null,
      lossHeld: 0,
      snapshot: null,
      counters: zeroCounters(),
      ...this.state,
    };
  }

  start(sink: RouteSink): void {
    this.mirror = new Mirror(sink, null, 10);
  }

  adopt(earlier: EarlierRoutes): void {
    this.mirror?.adopt(earlier, 'told');
  }

  read(): Promise<ReadonlyMap<string, RouteRecord>> {
    return Promise.resolve(this.routes);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

async function started(path: string, maxRoutes = 10) {
  await writeSnapshot(path, { ...META, from: FROM, asOf: AS_OF, routes: ROUTES });
  const source = new ScriptedSource();
  const adopted: EarlierRoutes[] = [];
  const standIn = new StandIn(source, {
    ...META,
    path,
    maxRoutes,
    patienceMs: 0,
    log: new RecordingLog(),
    adopt: (earlier) => adopted.push(earlier),
    onFound: () => {},
  });
  return { source, adopted, standIn };
}

test('a source that is connected and still reads is waited for, until it is away', async () => {
  await using folder = await makeFolder();
  const { source, adopted, standIn } = await started(folder.file('routes'));
  source.state = { connected: true };
  standIn.start();
  await standIn.loaded;
  const { looks } = source;
  await eventually(() => source.looks > looks + 6);
  assert.equal(adopted.length, 0);
  source.state = { connected: false };
  await eventually(() => adopted.length === 1);
  await standIn.close();
});

test('a snapshot of more routes than may be held is not used', async () => {
  await using folder = await makeFolder();
  const { source, adopted, standIn } = await started(folder.file('routes'), 2);
  source.state = { staleSince: AS_OF };
  standIn.start();
  assert.equal(await standIn.loaded, null);
  assert.match(standIn.problem ?? '', /routes holds more than 2 routes$/);
  assert.equal(adopted.length, 0);
  await standIn.close();
});

test('the file is removed when the routes are too many, and written again when they fit', async () => {
  await using folder = await makeFolder();
  const path = folder.file('routes');
  const source = new ScriptedSource();
  source.state = { ready: true };
  const log = new RecordingLog();
  const keeper = new SnapshotKeeper(source, { ...META, path, log, writeMs: 1 });
  keeper.start();
  keeper.changed();
  await eventually(() => existsSync(path));
  keeper.suspended = true;
  await eventually(() => !existsSync(path));
  await eventually(() => keeper.status.asOf === null);
  keeper.suspended = false;
  await eventually(() => existsSync(path));
  await keeper.close();
});

test('what is not in the snapshot may have been added since', async () => {
  await using folder = await makeFolder();
  const path = folder.file('routes');
  await writeSnapshot(path, { ...META, from: FROM, asOf: AS_OF, routes: ROUTES });
  const inner = new ScriptedSource();
  const source = withSnapshot(inner, { ...META, path, maxRoutes: 10, log: new RecordingLog() });
  const sink = new RecordingSink();
  source.start(sink);
  assert.equal(source.mayLackRoutes, false);
  assert.deepEqual([...(await source.read!(['a.test', 'x.test'])).keys()], ['a.test']);
  assert.equal(source.mayLackRoutes, true, 'asked in place of the source');
  inner.mirror!.connected();
  assert.equal(source.mayLackRoutes, false, 'forgotten when the source is there');
  inner.state = { staleSince: AS_OF };
  await sink.until(({ routes }) => routes.size === 3);
  assert.equal(source.mayLackRoutes, true, 'adopted');
  inner.mirror!.swap(inner.mirror!.newSet());
  assert.equal(source.mayLackRoutes, false);
  await source.close();
});

test('an adopted table is dropped when the routes turn out to be too many', () => {
  const calls: string[] = [];
  const mirror = new Mirror(
    {
      replace: () => calls.push('replace'),
      change: () => {},
      tooMany: () => calls.push('too many'),
      outdated: (keys) => calls.push(`outdated ${keys?.join() ?? 'all'}`),
      onProblem: () => {},
    },
    null,
    10,
  );
  const routes = mirror.newSet();
  routes.add(readingOf('a.test', { backends: ['10.0.0.1'] }));
  mirror.adopt({ routes, asOf: AS_OF }, 'told');
  mirror.tooMany();
  assert.deepEqual(calls, ['replace', 'too many', 'outdated all']);
  mirror.tooMany();
  assert.deepEqual(calls.slice(3), ['too many']);
});
