import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counters, layoutCounters } from '../../../../../src/account/counters.ts';
import { History } from '../../../../../src/control/report/overview/history.ts';
import { Totals } from '../../../../../src/control/report/overview/totals.ts';

test('rates are those of the last five seconds, of all workers and listeners', () => {
  const { history, workers } = start();
  tick(history, 0, 2);
  for (const counters of workers) {
    for (const listener of [0, 1]) {
      counters.add('connections', 10, listener);
      counters.series('sessions').add('ok', 9, listener);
      counters.series('sessions').add('connect-failed', 1, listener);
      counters.series('sessions').add('unknown-host', 3, listener);
    }
    counters.series('bytes').add('from-client', 500);
    counters.series('bytes').add('from-backend', 5000);
    counters.add('retries', 5);
    counters.series('limited').add('total', 10);
  }
  tick(history, 2, 7);
  assert.deepEqual(history.rates(), {
    sessions: 8,
    failures: 0.8,
    bytesFromClient: 200,
    bytesFromBackend: 2000,
    retries: 2,
    limited: 4,
  });
  tick(history, 7, 12);
  assert.equal(history.rates().sessions, 0);
});

test('before there are five seconds, rates are those since the first sample', () => {
  const { history, workers } = start();
  assert.equal(history.rates().sessions, 0);
  history.sample(0);
  assert.equal(history.rates().sessions, 0);
  workers[0]!.add('connections', 10);
  history.sample(2000);
  assert.equal(history.rates().sessions, 5);
});

test('a steady stream has its rate in each sample, however late the samples are', () => {
  const { history, workers } = start();
  const bytes = workers[0]!.series('bytes');
  history.sample(0);
  for (let second = 1; second <= 70; second++) {
    bytes.add('from-backend', 1024 * 1024);
    history.sample(second * 1024);
    assert.equal(history.rates().bytesFromBackend, 1_024_000, `after ${second} samples`);
  }
});

test('a sample that waited long stretches the time that rates are over', () => {
  const { history, workers } = start();
  tick(history, -1, 5);
  workers[0]!.add('connections', 100);
  history.sample(25_000);
  assert.equal(history.rates().sessions, 100 / 24);
});

test('connect times are those of the last minute', () => {
  const { history, workers } = start();
  history.sample(0);
  assert.deepEqual(history.connectMs(), { p50: null, p99: null });
  for (let i = 0; i < 100; i++) workers[i % 2]!.histogram('connectSeconds').observe(0.0004);
  tick(history, 0, 60);
  const { p50, p99 } = history.connectMs();
  assert.deepEqual([p50, p99], [0.25, 0.495]);
  workers[0]!.histogram('connectSeconds').observe(0.2);
  tick(history, 60, 61);
  assert.equal(history.connectMs().p50, 175);
  tick(history, 61, 121);
  assert.deepEqual(history.connectMs(), { p50: null, p99: null });
});

/** Two workers that count. */
function start(): { history: History; workers: readonly Counters[] } {
  const layout = layoutCounters(['tls://:1', 'http://:2']);
  const cells = [0, 1].map(() => new Float64Array(layout.length));
  const workers = cells.map((each) => new Counters(layout, each));
  return { history: new History(new Totals(layout, cells)), workers };
}

/** A sample each second after `from` until `to`. */
function tick(history: History, from: number, to: number): void {
  for (let second = from + 1; second <= to; second++) history.sample(second * 1000);
}
