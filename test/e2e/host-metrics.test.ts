import assert from 'node:assert/strict';
import { test } from 'node:test';
import { documentedMetrics } from '../../src/account/metrics/reference.ts';
import { askHttp, askTls } from '../support/ask.ts';
import { clientHello } from '../support/client-hello.ts';
import { refusingAddress } from '../support/dead-addresses.ts';
import { sumOf } from '../support/metrics.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { startRawBackend } from '../support/raw-backend.ts';
import { connectRaw } from '../support/raw-client.ts';
import { redisMissing, startRedis } from '../support/redis.ts';
import { startSluice } from '../support/sluice.ts';

const NAME = 'app.example.test';
const skip = await redisMissing();

test('each host has its sessions, failures and bytes, of TLS and HTTP together', async () => {
  await using backend = await startNamedBackend('backend');
  await using dead = await refusingAddress();
  await using sluice = await startSluice({
    routes: {
      [NAME]: { backends: [backend.address] },
      '*.wild.test': { backends: [backend.address] },
      'dead.test': { backends: [dead.address] },
      httpDefault: { backends: [backend.address] },
    },
  });
  const [tls, http] = sluice.addresses as [string, string];
  for (let i = 0; i < 3; i++) await askTls(tls, NAME);
  await askHttp(http, NAME);
  await askTls(tls, 'a.wild.test');
  await askTls(tls, 'b.wild.test');
  assert.equal(await askTls(tls, 'dead.test'), 'alert 80');
  await askTls(tls, 'unknown.test');
  await askHttp(http, 'default.test');
  await sluice.waitForMetric('sluice_host_sessions_total', {}, 8);
  const metrics = await sluice.metrics();
  const rows = [NAME, '*.wild.test', 'dead.test', 'httpDefault', '__other__'].map((host) => [
    host,
    sumOf(metrics, 'sluice_host_sessions_total', { host }),
    sumOf(metrics, 'sluice_host_sessions_failed_total', { host }),
    sumOf(metrics, 'sluice_host_bytes_total', { host, direction: 'from-backend' }),
  ]);
  assert.deepEqual(rows, [
    [NAME, 4, 0, 4 * 'backend'.length],
    ['*.wild.test', 2, 0, 2 * 'backend'.length],
    ['dead.test', 1, 1, 0],
    ['httpDefault', 1, 0, 'backend'.length],
    ['__other__', 0, 0, 0],
  ]);
  assert.equal(sumOf(metrics, 'sluice_host_connections_active'), 0);
  assert.equal(sumOf(metrics, 'sluice_host_series'), 4);
});

test('hosts beyond --metrics-hosts are counted together, and none of them gets a series', async () => {
  await using backend = await startNamedBackend('backend');
  const names = Array.from({ length: 12 }, (_, i) => `app-${i}.test`);
  await using sluice = await startSluice({
    routes: Object.fromEntries(names.map((name) => [name, { backends: [backend.address] }])),
    args: ['--metrics-hosts=3'],
  });
  for (const name of names) await askTls(sluice.address(), name);
  await sluice.waitForMetric('sluice_host_sessions_total', {}, 12);
  const metrics = await sluice.metrics();
  assert.equal(sumOf(metrics, 'sluice_host_series'), 3);
  assert.equal(sumOf(metrics, 'sluice_host_sessions_total', { host: '__other__' }), 9);
  assert.equal([...metrics.keys()].filter((series) => series.includes('{host=')).length, 4 * 5);
});

test('a live session counts as live with its host, and its bytes before it ends', async () => {
  await using backend = await startRawBackend();
  await using sluice = await startSluice({ routes: { [NAME]: { backends: [backend.address] } } });
  await using client = await connectRaw(sluice.address());
  await client.send(clientHello(NAME));
  await using connection = await backend.accept();
  await connection.send('hello back');
  await sluice.waitForMetric('sluice_host_connections_active', { host: NAME }, 1);
  const fromBackend = { host: NAME, direction: 'from-backend' };
  await sluice.waitForMetric('sluice_host_bytes_total', fromBackend, 10);
  assert.equal(sumOf(await sluice.metrics(), 'sluice_host_sessions_total'), 0);
  await client.finish();
  await connection.finish();
  await sluice.waitForMetric('sluice_host_connections_active', { host: NAME }, 0);
  await sluice.waitForMetric('sluice_host_sessions_total', { host: NAME }, 1);
});

test(
  'a session that waited until its route had a backend counts once with its host',
  { skip },
  async () => {
    await using redis = await startRedis();
    await redis.cli('HSET', `hostnames:${NAME}:options`, 'wake', '1m');
    await using backend = await startNamedBackend('backend');
    await using sluice = await startSluice({ redis: redis.url });
    const answer = askTls(sluice.address(), NAME);
    await sluice.waitForMetric('sluice_host_connections_active', { host: NAME }, 1);
    await redis.cli('SADD', `hostnames:${NAME}:backends`, backend.address);
    assert.equal(await answer, 'backend');
    await sluice.waitForMetric('sluice_host_sessions_total', { host: NAME }, 1);
    assert.equal(sumOf(await sluice.metrics(), 'sluice_host_connections_active'), 0);
  },
);

test('with --metrics-hosts=0 no host has a series', async () => {
  await using backend = await startNamedBackend('backend');
  await using sluice = await startSluice({
    routes: { [NAME]: { backends: [backend.address] } },
    args: ['--metrics-hosts=0'],
  });
  await askTls(sluice.address(), NAME);
  await sluice.waitForMetric('sluice_sessions_total', {}, 1);
  const series = [...(await sluice.metrics()).keys()];
  assert.deepEqual(
    series.filter((name) => /^sluice_host_(?!series)/.test(name)),
    [],
  );
});

test('what is scraped is what the reference has: name, type and labels', async () => {
  await using backend = await startNamedBackend('backend');
  await using sluice = await startSluice({ routes: { [NAME]: { backends: [backend.address] } } });
  await askTls(sluice.address(), NAME);
  await sluice.waitForMetric('sluice_host_sessions_total', { host: NAME }, 1);
  const { body } = await sluice.admin('/metrics');
  const types = [...body.matchAll(/^# TYPE (sluice_\S+) (\S+)$/gm)].map(
    ([, name, type]) => `${name} ${type}`,
  );
  const documented = documentedMetrics().filter(({ name }) => name.startsWith('sluice_'));
  assert.deepEqual(
    types.toSorted(),
    documented.map(({ name, type }) => `${name} ${type}`).toSorted(),
  );
  const labels = new Map(documented.map((metric) => [metric.name, Object.keys(metric.labels)]));
  for (const [, series, inside] of body.matchAll(/^(sluice_[^{ ]+)\{(.*)\} \S+$/gm)) {
    const name = series!.replace(/_(?:bucket|sum|count)$/, '');
    const own = labels.get(series!) ?? [...labels.get(name)!, 'le'];
    for (const [, label] of inside!.matchAll(/(\w+)="/g))
      assert.ok(own.includes(label!), `${series} ${label}`);
  }
});
