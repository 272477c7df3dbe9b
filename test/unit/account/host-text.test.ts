import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OTHER_HOSTS, type HostSeries } from '../../../src/account/metrics/host-series.ts';
import { writeHostSeries } from '../../../src/account/metrics/host-text.ts';

const QUIET = { active: 0, sessions: 0, failed: 0, bytesFromClient: 0, bytesFromBackend: 0 };

async function write(all: readonly HostSeries[]) {
  let pauses = 0;
  const pieces = await writeHostSeries(all, () => Promise.resolve(pauses++));
  return { pieces: pieces.map(String), text: Buffer.concat(pieces).toString(), pauses };
}

test('each metric of hosts is one family, with every host in it', async () => {
  const { text } = await write([
    {
      host: '*.example.com',
      active: 1,
      sessions: 2,
      failed: 3,
      bytesFromClient: 4,
      bytesFromBackend: 5_000_000_000,
    },
    { ...QUIET, host: OTHER_HOSTS, sessions: 7 },
  ]);
  assert.equal(
    text,
    `# HELP sluice_host_sessions_total Sessions ended, by host.
# TYPE sluice_host_sessions_total counter
sluice_host_sessions_total{host="*.example.com"} 2
sluice_host_sessions_total{host="__other__"} 7
# HELP sluice_host_sessions_failed_total Sessions whose client went without, through no doing of its own, by host.
# TYPE sluice_host_sessions_failed_total counter
sluice_host_sessions_failed_total{host="*.example.com"} 3
sluice_host_sessions_failed_total{host="__other__"} 0
# HELP sluice_host_connections_active Live sessions whose host is known, by host.
# TYPE sluice_host_connections_active gauge
sluice_host_connections_active{host="*.example.com"} 1
sluice_host_connections_active{host="__other__"} 0
# HELP sluice_host_bytes_total Bytes received, by host and the side that sent them.
# TYPE sluice_host_bytes_total counter
sluice_host_bytes_total{host="*.example.com",direction="from-client"} 4
sluice_host_bytes_total{host="*.example.com",direction="from-backend"} 5000000000
sluice_host_bytes_total{host="__other__",direction="from-client"} 0
sluice_host_bytes_total{host="__other__",direction="from-backend"} 0
`,
  );
});

test('a label is escaped, so that no name can end it', async () => {
  const { text } = await write([{ ...QUIET, host: 'a"} 1\nb{c="\\' }]);
  assert.ok(text.includes(String.raw`sluice_host_sessions_total{host="a\"} 1\nb{c=\"\\"} 0`));
});

test('without series there is nothing to write, no head either', async () => {
  assert.equal((await write([])).text, '');
});

test('ten thousand hosts are written in slices, with a pause after each', async () => {
  const all = Array.from({ length: 10_000 }, (_, i) => ({ ...QUIET, host: `h${i}.example` }));
  const { pieces, text, pauses } = await write(all);
  assert.equal(text.split('\n').length, 1 + 4 * 2 + 5 * 10_000);
  assert.ok(pauses >= 50);
  for (const piece of pieces) assert.ok(piece.split('\n').length <= 1001);
});
