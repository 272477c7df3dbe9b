import type { HostRow } from '../../../../src/control/hosts/host-activity.ts';
import type { Overview } from '../../../../src/control/report/overview/overview.ts';
import { TERMINATION_NAMES, type Termination } from '../../../../src/termination.ts';

/** An edge that has been up for three days and has some of everything. */
export const OVERVIEW: Overview = {
  version: 1,
  time: '2026-11-23T15:04:05.678Z',
  startedAt: '2026-11-20T10:51:32.000Z',
  edge: 'edge-1',
  engine: 'epoll',
  sluice: '0.7.0',
  ready: true,
  problems: [],
  notes: ['engine epoll: koffi loads', '12 routes that redis://10.0.0.9 has lost are held'],
  sessions: { hello: 12, waiting: 0, connecting: 3, relaying: 12345, limit: 1_048_576 },
  rates: {
    sessions: 123.4,
    failures: 0.2,
    bytesFromClient: 12_300_000,
    bytesFromBackend: 99_000_000,
    retries: 0,
    limited: 0,
  },
  ended: Object.fromEntries(TERMINATION_NAMES.map((name) => [name, 0])) as Record<
    Termination,
    number
  >,
  connectMs: { p50: 1.234, p99: 24.3 },
  workers: [
    { id: 0, running: true, sessions: 6180, waitP99Ms: 0.31 },
    { id: 1, running: false, sessions: 0, waitP99Ms: null },
  ],
  source: {
    kind: 'redis',
    connected: true,
    mode: 'tracking',
    ageSeconds: 0,
    fromSnapshot: false,
    routes: 10_000,
  },
  runtime: {
    lagP99Ms: 2.1,
    rssBytes: 123_000_000,
    openDescriptors: 24_690,
    maxDescriptors: 1_048_576,
    queued: 0,
  },
  hosts: [
    host('shop.example.com', 8000, 80, 0),
    host('*.tenants.example.com', 4000, 40.4, 0.2),
    host('quiet.example.com', 345, 3, 0),
  ],
  backends: [
    {
      address: '10.0.0.7:443',
      sessions: 12,
      state: 'ejected',
      cause: 'refused: 5 failures in a row',
      until: '2026-11-23T15:04:35.000Z',
    },
    { address: '10.0.0.5:443', sessions: 9000, state: 'healthy', cause: null, until: null },
    { address: '10.0.0.6:443', sessions: 3333, state: 'slow-start', cause: null, until: null },
  ],
  failures: [
    {
      time: '2026-11-23T15:04:03.100Z',
      client: '192.0.2.7:51234',
      host: 'shop.example.com',
      backend: '10.0.0.7:443',
      termination: 'connect-failed',
      detail: 'refused',
    },
    { time: '2026-11-23T15:03:59.000Z', client: '192.0.2.9:40000', termination: 'limited' },
  ],
};

export function host(
  name: string,
  active: number,
  sessionsPerSecond: number,
  failuresPerSecond: number,
): HostRow {
  return {
    host: name,
    active,
    sessionsPerSecond,
    failuresPerSecond,
    bytesFromClientPerSecond: sessionsPerSecond * 100_000,
    bytesFromBackendPerSecond: sessionsPerSecond * 800_000,
    sessions: active * 200,
    failed: failuresPerSecond * 1000,
  };
}
