import type {
  BackendRow,
  FailureRow,
  Overview,
} from '../../src/control/report/overview/overview.ts';
import type { HostRow } from '../../src/control/hosts/host-activity.ts';
import { TERMINATION_NAMES, type Termination } from '../../src/termination.ts';

/** An overview of an edge that is well and does nothing, but for what is given. */
export function makeOverview(given: Partial<Overview> = {}): Overview {
  const none = Object.fromEntries(TERMINATION_NAMES.map((name) => [name, 0]));
  return {
    version: 1,
    time: new Date().toISOString(),
    startedAt: '2026-11-22T10:00:00.000Z',
    edge: 'edge-1',
    engine: 'epoll',
    sluice: '0.1.0',
    ready: true,
    problems: [],
    notes: [],
    sessions: { hello: 0, waiting: 0, connecting: 0, relaying: 0, limit: null },
    rates: {
      sessions: 0,
      failures: 0,
      bytesFromClient: 0,
      bytesFromBackend: 0,
      retries: 0,
      limited: 0,
    },
    ended: none as Record<Termination, number>,
    connectMs: { p50: null, p99: null },
    workers: [{ id: 0, running: true, sessions: 0, waitP99Ms: null }],
    source: {
      kind: 'redis',
      connected: true,
      mode: null,
      ageSeconds: 0,
      fromSnapshot: false,
      routes: 1,
    },
    runtime: {
      lagP99Ms: null,
      rssBytes: 1e8,
      openDescriptors: null,
      maxDescriptors: null,
      queued: 0,
    },
    hosts: [],
    backends: [],
    failures: [],
    ...given,
  };
}

export function hostRow(host: string, sessionsPerSecond = 0): HostRow {
  return {
    host,
    active: 1,
    sessionsPerSecond,
    failuresPerSecond: 0,
    bytesFromClientPerSecond: 0,
    bytesFromBackendPerSecond: 0,
    sessions: 1,
    failed: 0,
  };
}

export function backendRow(address: string, given: Partial<BackendRow> = {}): BackendRow {
  return { address, sessions: 0, state: 'healthy', cause: null, until: null, ...given };
}

export function failureRow(given: FailureRow): FailureRow {
  return {
    level: 'warn',
    time: new Date().toISOString(),
    id: 'id-1',
    listener: 'tls',
    client: '192.0.2.1:5000',
    termination: 'connect-failed',
    retries: 0,
    ...given,
  };
}
