import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askHttp } from '../support/ask.ts';
import { openSession, startGreeter } from '../support/greeter.ts';
import { sumOf } from '../support/metrics.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { startSluice } from '../support/sluice.ts';

const NAME = 'app.example.test';

test('a session that lasts long has lines while it lives, which are no end', async () => {
  await using backend = await startGreeter();
  await using sluice = await startSluice({
    routes: { [NAME]: { backends: [backend.address] } },
    args: ['--access-log-long=1s'],
  });
  await using client = await openSession(sluice.address(), NAME);
  const first = await sluice.waitForSession(({ live }) => live === true);
  assert.equal(first.host, NAME);
  assert.equal(first.backend, backend.address);
  assert.equal(first['phase'], 'relaying');
  assert.ok(Number(first['age_ms']) >= 1000);
  assert.equal(first.bytes_from_backend, 2);
  assert.equal('termination' in first, false);
  const again = ({ live, age_ms }: Record<string, unknown>) =>
    live === true && Number(age_ms) > Number(first['age_ms']);
  assert.equal((await sluice.waitForSession(again)).id, first.id);
  client.reset();
  const last = await sluice.waitForSession(({ termination }) => termination === 'client-aborted');
  assert.equal(last.id, first.id);
});

test('a sample leaves out successes, counted, and no failure', async () => {
  await using backend = await startNamedBackend('site');
  await using sluice = await startSluice({
    routes: { [NAME]: { backends: [backend.address] } },
    args: ['--access-log-sample=1'],
  });
  const ask = (host: string) => askHttp(sluice.address(1), host);
  const good = Array.from({ length: 40 }, () => ask(NAME));
  for (const answer of await Promise.all(good)) assert.match(answer, /site/);
  await sluice.waitForMetric('sluice_sessions_total', { termination: 'ok' }, 40);
  await Promise.all(Array.from({ length: 10 }, () => ask('unknown.test')));
  await sluice.waitForMetric('sluice_sessions_total', { termination: 'unknown-host' }, 10);
  const skipped = sumOf(await sluice.metrics(), 'sluice_access_lines_skipped_total');
  await sluice.stop();
  const lines = sluice.sessions();
  const of = (termination: string) => lines.filter((line) => line.termination === termination);
  assert.equal(of('unknown-host').length, 10);
  assert.ok(skipped > 0);
  assert.equal(of('ok').length + skipped, 40);
  const said = lines.reduce((sum, line) => sum + Number(line['skipped'] ?? 0), 0);
  assert.equal(said, skipped);
});
