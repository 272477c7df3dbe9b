import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { dashboard } from '../../scripts/deploy/grafana/dashboard.ts';
import { FAILED, ROWS } from '../../scripts/deploy/grafana/panels.ts';
import { askTls } from '../support/ask.ts';
import { refusingAddress } from '../support/dead-addresses.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { Program } from '../support/program.ts';
import { startPrometheus } from '../support/prometheus.ts';
import { ROOT } from '../support/root.ts';
import { startSluice } from '../support/sluice.ts';

const DEPLOY = join(ROOT, 'scripts/deploy');
const RULES = join(DEPLOY, 'prometheus/rules.yml');
const NAME = 'app.example.test';
const DEAD = 'dead.example.test';
const SESSIONS = 5;

/** The query as Grafana asks it, with everything chosen. */
function asked(expr: string): string {
  return expr.replaceAll(/\$job|\$instance/g, '.*').replaceAll('$__rate_interval', '10s');
}

test('a real Prometheus answers every query of the dashboard from an edge with traffic', async () => {
  await using backend = await startNamedBackend('backend');
  await using dead = await refusingAddress();
  const routes = {
    [NAME]: { backends: [backend.address] },
    [DEAD]: { backends: [dead.address] },
  };
  await using sluice = await startSluice({ routes, args: ['--connect-retries=0'] });
  await using prometheus = await startPrometheus({
    target: new URL(sluice.adminUrl).host,
    rules: RULES,
  });
  await prometheus.answered('up == 1');
  for (let i = 0; i < SESSIONS; i++) {
    await askTls(sluice.address(), NAME);
    await askTls(sluice.address(), DEAD);
  }
  await prometheus.answered(`sluice_sessions_total{termination="ok"} >= ${SESSIONS}`);
  await prometheus.answered(`sluice_host_sessions_total{host="${NAME}"} >= ${SESSIONS}`);
  for (const { panels } of ROWS)
    for (const { queries } of panels)
      for (const { expr } of queries) await prometheus.answered(asked(expr));
  const [failed] = await prometheus.answered(
    'sum(rate(sluice_sessions_total{termination="connect-failed"}[10s])) > 0',
  );
  assert.ok(failed!.value > 0);
  await prometheus.answered('instance:sluice_sessions_failed:rate1m > 0');
  assert.deepEqual(await prometheus.brokenRules(), []);
});

test('the rules are rules, and alert when their tests say so', async () => {
  for (const command of [
    ['check', 'rules', RULES],
    ['test', 'rules', join(DEPLOY, 'prometheus/rules.test.yml')],
    ['check', 'config', '--syntax-only', join(DEPLOY, 'prometheus/prometheus.yml')],
  ]) {
    await using promtool = new Program(['promtool', ...command]);
    const { code } = await promtool.ended;
    assert.equal(code, 0, `${promtool.stdout.text}\n${promtool.stderr.text}`);
  }
});

test('what failed is the same for the rules, the dashboard and the edge', async () => {
  const rules = await readFile(RULES, 'utf8');
  assert.ok(rules.includes(`sluice_sessions_total{termination=~"${FAILED}"}`));
});

test('every alert has a case in which it fires', async () => {
  const alerts = [...(await readFile(RULES, 'utf8')).matchAll(/- alert: (\w+)/g)].map(
    ([, name]) => name,
  );
  assert.ok(alerts.length > 0);
  const cases = await readFile(join(DEPLOY, 'prometheus/rules.test.yml'), 'utf8');
  const firing = [...cases.matchAll(/alertname: (\w+)\n +exp_alerts:\n/g)].map(([, name]) => name);
  assert.deepEqual([...new Set(firing)].sort(), [...alerts].sort());
});

test('the dashboard that is shipped is the one of the code', async () => {
  const shipped: unknown = JSON.parse(await readFile(join(DEPLOY, 'grafana/sluice.json'), 'utf8'));
  assert.deepEqual(shipped, JSON.parse(JSON.stringify(dashboard())));
});
