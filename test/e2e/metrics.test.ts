import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { ask, askHttp, askTls } from '../support/ask.ts';
import { clientHello, ECH } from '../support/client-hello.ts';
import { refusingAddress } from '../support/dead-addresses.ts';
import { sumOf } from '../support/metrics.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { Program } from '../support/program.ts';
import { startRawBackend } from '../support/raw-backend.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startSluice, type Sluice } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';

const NAME = 'app.example.test';
const HELLO = clientHello(NAME);
const listeners = ['tls://127.0.0.1:0', 'http://127.0.0.1:0'];
const [TLS, HTTP] = listeners as [string, string];
const noPromtool =
  spawnSync('promtool', ['--version']).status !== 0 &&
  'there is no promtool here: Debian has it in the package prometheus';

test('promtool finds nothing wrong with /metrics', { skip: noPromtool }, async () => {
  await using backend = await startNamedBackend('backend');
  await using sluice = await startSluice({ routes: { [NAME]: { backends: [backend.address] } } });
  await askTls(sluice.address(), NAME);
  await askTls(sluice.address(), 'unknown.example');
  await sluice.waitForMetric('sluice_host_sessions_total', { host: NAME }, 1);
  await using promtool = new Program(['promtool', 'check', 'metrics']);
  promtool.child.stdin!.end((await sluice.admin('/metrics')).body);
  const { code } = await promtool.ended;
  assert.deepEqual([promtool.stderr.text, promtool.stdout.text, code], ['', '', 0]);
});

test('no name that a client sends becomes a series, only the pattern that it matches', async () => {
  await using backend = await startNamedBackend('backend');
  await using sluice = await startSluice({
    listeners,
    routes: { '*.wild.test': { backends: [backend.address] } },
  });
  const before = await seriesOf(sluice);
  for (let i = 0; i < 20; i++) await Promise.all(askForRandomNames(sluice, 10));
  await sluice.waitForMetric('sluice_sessions_total', { termination: 'unknown-host' }, 200);
  await sluice.waitForMetric('sluice_sessions_total', { termination: 'ok' }, 200);
  await sluice.waitForMetric('sluice_host_sessions_total', { host: '*.wild.test' }, 200);
  const after = await seriesOf(sluice);
  assert.deepEqual(
    after.filter((series) => !series.includes('{host="*.wild.test"')),
    before,
  );
  assert.equal(after.length, before.length + 5);
});

test('connections, hellos, look-ups, dials, endings and bytes are counted exactly', async () => {
  await using backend = await startNamedBackend('backend');
  await using dead = await refusingAddress();
  await using sluice = await startSluice({
    listeners,
    routes: {
      [NAME]: { backends: [backend.address] },
      '*.test': { backends: [dead.address, backend.address] },
      httpDefault: { backends: [dead.address] },
    },
    args: ['--balance', 'round-robin', '--connect-retries', '1'],
  });
  const [tls, http] = sluice.addresses as [string, string];
  const withEch = clientHello(NAME, [ECH]);
  assert.equal(await ask(tls, HELLO), 'backend');
  assert.equal(await ask(tls, withEch), 'backend');
  assert.equal(await askTls(tls, 'retried.test'), 'backend');
  assert.equal(await askTls(tls, 'unknown.example'), 'alert 112');
  assert.equal(await ask(tls, 'no hello'), 'closed');
  assert.equal(await askHttp(http, NAME), 'backend');
  assert.equal(await askHttp(http, 'default.example'), 'HTTP 502');
  await sluice.waitForMetric('sluice_sessions_total', {}, 7);

  const metrics = await sluice.metrics();
  for (const [name, labels, value] of [
    ['connections_total', { listener: TLS }, 5],
    ['connections_total', { listener: HTTP }, 2],
    ['connections_active', {}, 0],
    ['sessions_total', { listener: TLS, termination: 'ok' }, 3],
    ['sessions_total', { listener: TLS, termination: 'unknown-host' }, 1],
    ['sessions_total', { listener: TLS, termination: 'not-tls' }, 1],
    ['sessions_total', { listener: HTTP, termination: 'ok' }, 1],
    ['sessions_total', { listener: HTTP, termination: 'connect-failed' }, 1],
    ['session_duration_seconds_count', {}, 4],
    ['client_hello_total', { listener: TLS, result: 'ok' }, 4],
    ['client_hello_total', { listener: TLS, result: 'not-tls' }, 1],
    ['client_hello_total', { listener: HTTP, result: 'ok' }, 2],
    ['client_hello_duration_seconds_count', {}, 6],
    ['client_hello_ech_total', {}, 1],
    ['route_lookups_total', { result: 'exact' }, 3],
    ['route_lookups_total', { result: 'wildcard' }, 1],
    ['route_lookups_total', { result: 'default' }, 1],
    ['route_lookups_total', { result: 'none' }, 1],
    ['backend_connects_total', { result: 'ok' }, 4],
    ['backend_connects_total', { result: 'refused' }, 3],
    ['backend_connect_duration_seconds_count', {}, 4],
    ['backend_retries_total', {}, 2],
    ['bytes_total', { direction: 'from-backend' }, 4 * 'backend'.length],
    ['routes', { kind: 'exact' }, 1],
    ['backends', {}, 2],
    ['build_info', {}, 1],
  ] as const) {
    assert.equal(
      sumOf(metrics, `sluice_${name}`, labels),
      value,
      `${name} ${JSON.stringify(labels)}`,
    );
  }
  // The lines come a little later than the counts.
  await eventually(() => sluice.sessions().length === 7);
  const fromClients = sluice.sessions().map((session) => session.bytes_from_client);
  const sum = fromClients.reduce((all, bytes) => all + bytes, 0);
  assert.equal(sumOf(metrics, 'sluice_bytes_total', { direction: 'from-client' }), sum);
  for (const { length } of [HELLO, withEch]) assert.ok(fromClients.includes(length));
});

test('a live session is counted where it stands, and its bytes before it ends', async () => {
  await using backend = await startRawBackend();
  await using sluice = await startSluice({
    listeners,
    routes: { [NAME]: { backends: [backend.address] } },
  });
  const standsIn = (state: string) =>
    sluice.waitForMetric('sluice_connections_active', { listener: TLS, state }, 1);
  await using client = await connectRaw(sluice.address());
  await client.send(HELLO.subarray(0, 10));
  await standsIn('hello');
  await client.send(HELLO.subarray(10));
  await using connection = await backend.accept();
  await standsIn('connecting');
  await connection.send('hello back');
  await standsIn('relaying');
  await sluice.waitForMetric('sluice_bytes_total', { direction: 'from-backend' }, 10);
  assert.equal(sumOf(await sluice.metrics(), 'sluice_sessions_total'), 0);
});

/** Half of them have a route. */
function askForRandomNames(sluice: Sluice, count: number): Promise<string>[] {
  const [tls, http] = sluice.addresses as [string, string];
  return Array.from({ length: count }, async (_, i) => {
    const name = `${randomBytes(8).toString('hex')}.${i % 2 === 0 ? 'wild' : 'unknown'}.test`;
    await askTls(tls, name);
    return askHttp(http, name);
  });
}

async function seriesOf(sluice: Sluice): Promise<string[]> {
  const series = [...(await sluice.metrics()).keys()];
  // What Node measures of itself comes and goes.
  return series.filter((name) => name.startsWith('sluice_')).sort();
}
