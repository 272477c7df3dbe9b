import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSession, sendHello, startGreeter } from '../support/greeter.ts';
import { sumOf } from '../support/metrics.ts';
import { startSluice } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';

const NAME = 'app.example.test';
const OPEN = 'process_open_fds';

test('the metrics tell how long workers let events wait, and how the control plane does', async () => {
  await using backend = await startGreeter();
  await using sluice = await startSluice({ routes: { [NAME]: { backends: [backend.address] } } });
  const before = await sluice.metrics();
  await using _ = await openSession(sluice.address(), NAME);
  const after = await sluice.metrics();
  const turns = 'sluice_worker_wait_seconds_count';
  assert.ok(sumOf(after, turns) > sumOf(before, turns));
  assert.ok(sumOf(after, 'sluice_worker_wait_seconds_sum') > 0);
  const all = sumOf(after, 'sluice_worker_wait_seconds_bucket', { le: '+Inf' });
  assert.equal(all, sumOf(after, turns));
  await eventually(async () => (await sluice.metrics()).has('sluice_control_lag_p99_seconds'));
  assert.equal(after.get('sluice_route_age_seconds'), 0);
  assert.equal(after.get('sluice_access_log_queued_bytes'), 0);
});

test('descriptors are counted, and their limit is told', async () => {
  await using backend = await startGreeter();
  await using sluice = await startSluice({ routes: { [NAME]: { backends: [backend.address] } } });
  const open = async () => (await sluice.metrics()).get(OPEN) ?? 0;
  const before = await eventually(open);
  const clients = await Promise.all(
    Array.from({ length: 20 }, () => openSession(sluice.address(), NAME)),
  );
  await eventually(async () => (await open()) >= before + 35);
  assert.ok((await sluice.metrics()).get('process_max_fds')! > before);
  for (const client of clients) client.reset();
});

test('readyz says in words that sessions wait', async () => {
  await using backend = await startGreeter();
  const routes = { [NAME]: { backends: [`${backend.address}?max=1`] } };
  await using sluice = await startSluice({ routes, args: ['--queue-timeout=1m'] });
  await using _first = await openSession(sluice.address(), NAME);
  await using _second = await sendHello(sluice.address(), NAME);
  await sluice.waitForMetric('sluice_connections_active', { state: 'waiting' }, 1);
  const { status, body } = await sluice.admin('/readyz');
  assert.equal(status, 200);
  assert.match(body, /^ready\n(?:.*\n)*1 session waiting for a backend$/m);
});
