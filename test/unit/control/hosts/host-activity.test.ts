import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HostActivity } from '../../../../src/control/hosts/host-activity.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';
import { deltas, type Happened } from './deltas.ts';

const SECOND = 1000;
const REVIEW = 15 * SECOND;

/** An edge's hosts, by a clock of the test. */
function watch(options: { maxSeries?: number; maxWatched?: number; workers?: number } = {}) {
  let nowMs = 1_000_000;
  const { maxSeries = 2, maxWatched = 100, workers = 2 } = options;
  const hosts = new HostActivity({ workers, maxSeries, maxWatched, now: () => nowMs });
  return {
    hosts,
    tell: (happened: Readonly<Record<string, Happened>>, worker = 0) =>
      hosts.take(worker, deltas(happened)),
    wait: (milliseconds: number) => void (nowMs += milliseconds),
    scrape: () => {
      const series = hosts.series();
      const all = Array.from({ length: series.length }, (_, index) => series.at(index)!);
      hosts.scraped();
      return new Map(all.map((one) => [one.host, one]));
    },
  };
}

function named(scraped: ReadonlyMap<string, unknown>): string[] {
  return [...scraped.keys()].filter((host) => host !== '__other__').toSorted();
}

test('what all workers tell of a host is added up, live sessions too', () => {
  const { tell, scrape } = watch();
  tell({ 'a.example': { active: 3, sessions: 2, failed: 1, bytes: [10, 20] } }, 0);
  tell({ 'a.example': { active: -1, sessions: 5, bytes: [1, 2] } }, 1);
  assert.deepEqual(scrape().get('a.example'), {
    host: 'a.example',
    active: 2,
    sessions: 7,
    failed: 1,
    bytesFromClient: 11,
    bytesFromBackend: 22,
  });
});

test('hosts beyond the limit are counted together', () => {
  const { tell, scrape } = watch({ maxSeries: 1 });
  tell({ 'a.example': { sessions: 1 } });
  tell({ 'b.example': { sessions: 2, active: 1 }, 'c.example': { sessions: 3, failed: 1 } });
  const scraped = scrape();
  assert.deepEqual(named(scraped), ['a.example']);
  const { sessions, active, failed } = scraped.get('__other__')!;
  assert.deepEqual({ sessions, active, failed }, { sessions: 5, active: 1, failed: 1 });
});

test('a limit of 0 gives nobody a series, and the busiest are known all the same', () => {
  const { hosts, tell, scrape } = watch({ maxSeries: 0 });
  tell({ 'a.example': { sessions: 1 } });
  assert.equal(scrape().size, 0);
  assert.deepEqual(
    hosts.busiest(5).map(({ host }) => host),
    ['a.example'],
  );
});

test('a newcomer twice as busy takes the series of the least busy, two scrapes later', () => {
  const { tell, wait, scrape } = watch();
  tell({ 'a.example': { sessions: 100 }, 'b.example': { sessions: 10 } });
  wait(REVIEW);
  tell({ 'c.example': { sessions: 30 } });
  assert.deepEqual(named(scrape()), ['a.example', 'b.example']);
  tell({ 'b.example': { sessions: 1 } });
  const last = scrape();
  assert.deepEqual(named(last), ['a.example', 'b.example']);
  assert.equal(last.get('b.example')!.sessions, 11, 'what it did last is counted as its own');
  assert.deepEqual(named(scrape()), ['a.example', 'c.example']);
});

test('a newcomer that is a little busier takes no series', () => {
  const { tell, wait, scrape } = watch();
  for (let i = 0; i < 20; i++) {
    tell({ 'a.example': { sessions: 100 }, 'b.example': { sessions: 10 } });
    tell({ 'c.example': { sessions: 15 } });
    wait(REVIEW);
    scrape();
  }
  assert.deepEqual(named(scrape()), ['a.example', 'b.example']);
});

test('hosts that are as busy as each other by turns keep what they have', () => {
  const { hosts, tell, wait, scrape } = watch();
  tell({ 'a.example': { sessions: 50 }, 'b.example': { sessions: 50 } });
  for (let i = 0; i < 100; i++) {
    const isOdd = i % 2 === 1;
    tell({
      'b.example': { sessions: isOdd ? 50 : 35 },
      'c.example': { sessions: isOdd ? 35 : 50 },
    });
    tell({ 'a.example': { sessions: 50 } });
    wait(REVIEW);
    scrape();
  }
  const [dropped] = hosts.metrics().at(-1)!.read();
  assert.deepEqual(dropped, { value: 0 });
});

test('live sessions make a host busy that none ends at', () => {
  const { tell, wait, scrape } = watch({ maxSeries: 1 });
  tell({ 'short.example': { sessions: 5 } });
  tell({ 'long.example': { active: 1000 } });
  wait(REVIEW);
  tell({ 'short.example': { sessions: 5 } });
  for (let i = 0; i < 3; i++) scrape();
  assert.deepEqual(named(scrape()), ['long.example']);
});

test('a series begins at zero: what its host did before stays counted with the others', () => {
  const { tell, wait, scrape } = watch({ maxSeries: 1 });
  tell({ 'a.example': { sessions: 1 }, 'b.example': { sessions: 1000 } });
  wait(REVIEW);
  tell({ 'b.example': { sessions: 1 } });
  for (let i = 0; i < 2; i++) scrape();
  tell({ 'b.example': { sessions: 5 } });
  const first = scrape();
  assert.equal(first.get('b.example')!.sessions, 0, 'a rate begins with what is scraped first');
  assert.equal(first.get('__other__')!.sessions, 1006);
  tell({ 'b.example': { sessions: 7 }, 'a.example': { sessions: 9 } });
  const scraped = scrape();
  assert.equal(scraped.get('b.example')!.sessions, 7);
  assert.equal(scraped.get('__other__')!.sessions, 1015);
});

test('with any traffic, the busiest hosts come to have the series, and no session is lost or counted twice', () => {
  const random = new SeededRandom(6);
  const { tell, wait, scrape } = watch({ maxSeries: 10, maxWatched: 1000 });
  const seen = new Map<string, number>();
  let all = 0;
  let counted = 0;
  for (let second = 0; second < 600; second++) {
    const happened: Record<string, Happened> = {};
    for (let i = 0; i < 40; i++) {
      // Zipf-like: host-0 is the busiest; which hosts those are is not the order in which they come.
      const rank = Math.floor(200 ** random.next()) - 1;
      const host = `host-${rank}.example`;
      const sessions = (happened[host]?.sessions ?? 0) + 1;
      happened[host] = { sessions };
      all++;
    }
    tell(happened, second % 2);
    wait(SECOND);
    if (second % 15 === 14) counted += growth(scrape(), seen);
  }
  const scraped = scrape();
  counted += growth(scraped, seen);
  assert.equal(counted, all);
  for (let rank = 0; rank < 4; rank++)
    assert.ok(scraped.has(`host-${rank}.example`), `host-${rank}`);
  assert.equal(named(scraped).length, 10);
});

test('one that nobody has heard of for a day has no series', () => {
  const { tell, wait, scrape } = watch({ maxSeries: 2 });
  tell({ 'a.example': { sessions: 1 }, 'live.example': { active: 1 } });
  wait(25 * 3600 * SECOND);
  tell({ '*.b.example': { sessions: 1 } });
  for (let i = 0; i < 2; i++) scrape();
  assert.deepEqual(named(scrape()), ['*.b.example', 'live.example']);
});

test('a route that is called as the others are has no series of its own', () => {
  const { tell, scrape } = watch();
  tell({ __other__: { sessions: 1 } });
  const all = scrape();
  assert.deepEqual(
    [...all.values()].map(({ host, sessions }) => ({ host, sessions })),
    [{ host: '__other__', sessions: 1 }],
  );
});

test('names beyond those that are watched are counted, and drive out none that is busier', () => {
  const { hosts, tell, scrape } = watch({ maxSeries: 2, maxWatched: 16 });
  tell({ 'a.example': { sessions: 500 }, 'b.example': { active: 400 } });
  tell({ 'c.example': { sessions: 300 } });
  for (let i = 0; i < 5000; i++) tell({ [`flood-${i}.example`]: { sessions: 1, active: 1 } });
  for (let i = 0; i < 5000; i++) tell({ [`flood-${i}.example`]: { active: -1 } });
  const top = hosts.busiest(3).map(({ host }) => host);
  assert.deepEqual(top, ['a.example', 'b.example', 'c.example']);
  const others = scrape().get('__other__')!;
  assert.equal(others.sessions, 5300);
  assert.equal(others.active, 0);
  assert.equal(hosts.busiest(1000).length, 16);
});

test('a worker that died takes its live sessions with it, and no others', () => {
  const { hosts, tell, scrape } = watch({ maxSeries: 1 });
  tell({ 'a.example': { active: 5 }, 'b.example': { active: 3 } }, 0);
  tell({ 'a.example': { active: 2 }, 'b.example': { active: 1 } }, 1);
  hosts.lost(0);
  const scraped = scrape();
  assert.equal(scraped.get('a.example')!.active, 2);
  assert.equal(scraped.get('__other__')!.active, 1);
});

test('rates are those of the last seconds', () => {
  const { hosts, tell, wait } = watch();
  for (let i = 0; i < 60; i++) {
    wait(SECOND);
    tell({ 'a.example': { sessions: 20, failed: 10, bytes: [1000, 5000] } });
  }
  const [row] = hosts.busiest(1);
  assert.ok(Math.abs(row!.sessionsPerSecond - 20) < 3, `${row!.sessionsPerSecond}`);
  assert.ok(Math.abs(row!.failuresPerSecond - 10) < 2);
  assert.ok(Math.abs(row!.bytesFromBackendPerSecond - 5000) < 700);
  wait(60 * SECOND);
  assert.ok(hosts.busiest(1)[0]!.sessionsPerSecond < 0.01);
});

type Scraped = ReadonlyMap<string, { readonly sessions: number }>;

// As Prometheus sees it: a counter that is less than before began anew.
function growth(scraped: Scraped, seen: Map<string, number>): number {
  let sum = 0;
  for (const host of seen.keys()) if (!scraped.has(host)) seen.delete(host);
  for (const [host, { sessions }] of scraped) {
    sum += sessions - (seen.get(host) ?? 0);
    seen.set(host, sessions);
  }
  return sum;
}
