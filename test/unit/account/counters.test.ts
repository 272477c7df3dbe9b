import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clearGauges, Counters, layoutCounters } from '../../../src/account/counters.ts';
import { createRegistry } from '../../../src/account/exposition.ts';

const LISTENERS = ['tls://0.0.0.0:443', 'http://0.0.0.0:80'];

function twoWorkers() {
  const layout = layoutCounters(LISTENERS);
  const cells = [new Float64Array(layout.length), new Float64Array(layout.length)];
  const workers = cells.map((own) => new Counters(layout, own));
  const registry = createRegistry(layout, cells, []);
  return { layout, workers, scrape: async () => (await registry.metrics()).split('\n') };
}

test('what all workers counted is added up in one series', async () => {
  const { workers, scrape } = twoWorkers();
  workers[0]!.series('sessions').add('unknown-host', 2, 1);
  workers[1]!.series('sessions').add('unknown-host', 3, 1);
  const series = 'sluice_sessions_total{listener="http://0.0.0.0:80",termination="unknown-host"}';
  assert.ok((await scrape()).includes(`${series} 5`));
});

test('every count lands in its own series and in no other', async () => {
  const { workers, scrape } = twoWorkers();
  workers[0]!.add('connections', 1, 0);
  workers[0]!.series('hellos').add('no-name', 1);
  workers[0]!.series('lookups').add('wildcard', 1);
  workers[0]!.series('bytes').add('from-backend', 300);
  const counted = (await scrape()).filter((line) => /^sluice_.* [1-9]/.test(line));
  assert.deepEqual(counted, [
    'sluice_connections_total{listener="tls://0.0.0.0:443"} 1',
    'sluice_client_hello_total{listener="tls://0.0.0.0:443",result="no-name"} 1',
    'sluice_route_lookups_total{result="wildcard"} 1',
    'sluice_bytes_total{direction="from-backend"} 300',
  ]);
});

test('a histogram counts a duration in every bucket at or above it', async () => {
  const { workers, scrape } = twoWorkers();
  workers[0]!.histogram('connectSeconds').observe(0.001);
  workers[1]!.histogram('connectSeconds').observe(99);
  const lines = await scrape();
  const value = (suffix: string) =>
    lines.find((line) => line.startsWith(`sluice_backend_connect_duration_seconds${suffix}`));
  assert.match(value('_bucket{le="0.0005"}')!, / 0$/);
  assert.match(value('_bucket{le="0.001"}')!, / 1$/);
  assert.match(value('_bucket{le="+Inf"}')!, / 2$/);
  assert.match(value('_sum')!, / 99.001$/);
  assert.match(value('_count')!, / 2$/);
});

test('a worker that died has no live sessions, and what it counted stays counted', async () => {
  const { layout, workers, scrape } = twoWorkers();
  for (const worker of workers) {
    worker.add('connections', 1, 0);
    worker.series('active').add('relaying', 1);
  }
  clearGauges(layout, workers[0]!.cells);
  const lines = await scrape();
  assert.ok(lines.includes('sluice_connections_total{listener="tls://0.0.0.0:443"} 2'));
  const active = 'sluice_connections_active{listener="tls://0.0.0.0:443",state="relaying"}';
  assert.ok(lines.includes(`${active} 1`));
});
