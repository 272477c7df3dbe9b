import assert from 'node:assert/strict';
import { test } from 'node:test';
import { documentedMetrics, renderMetricsTable } from '../../../src/account/metrics/reference.ts';
import { PROBE_KINDS, PROBE_RESULTS } from '../../../src/control/health/probe/verdict.ts';
import { EJECTION_CAUSES } from '../../../src/worker/health/health-word.ts';

const METRICS = documentedMetrics();

test('metrics are named as Prometheus would have it: base units, and counters end in _total', () => {
  for (const { name, type } of METRICS) {
    assert.match(name, /^(?:sluice|process)_[a-z0-9]+(?:_[a-z0-9]+)*$/);
    assert.equal(name.endsWith('_total'), type === 'counter', name);
    assert.doesNotMatch(name, /_(?:ms|milliseconds|micros|kb|mb|percent|count|sum|bucket)(?:_|$)/);
    if (type === 'histogram') assert.match(name, /_seconds$/);
  }
});

test('each metric says what it is, in one sentence', () => {
  for (const { name, help } of METRICS) assert.match(help, /^[A-Z0-9].*[a-z0-9)]\.$/, name);
});

test('the labels of the table are those of the code that counts', () => {
  const labels = new Map(METRICS.map((metric) => [metric.name, metric.labels]));
  assert.deepEqual(labels.get('sluice_ejections_total'), { cause: EJECTION_CAUSES });
  assert.deepEqual(labels.get('sluice_probes_total'), { kind: PROBE_KINDS, result: PROBE_RESULTS });
});

test('the reference has a row for every metric, in the order of their names', () => {
  const rows = renderMetricsTable().split('\n').slice(2);
  const named = rows.map((row) => /^\| `(\w+)` \|/.exec(row)![1]);
  assert.deepEqual(named, METRICS.map(({ name }) => name).toSorted());
  for (const row of rows) assert.equal(row.split(' | ').length, 5, row);
});
