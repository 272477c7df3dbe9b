import { RUNTIME_METRICS } from './runtime.ts';

/** A metric of the control plane, as the reference in the README has it. */
export interface MetricRow {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** Label → its closed set of values, or in words where they come from. Never from a client. */
  readonly labels: Readonly<Record<string, readonly string[] | string>>;
}

/** What the edge says of its routes and of where they come from. */
const ROUTE_METRICS = {
  sluice_routes: {
    type: 'gauge',
    help: 'Routes known, by kind of pattern.',
    labels: { kind: ['exact', 'wildcard', 'default'] },
  },
  sluice_route_table_mode: {
    type: 'gauge',
    help: '1 for where routes are looked up: the whole table, or what was read on demand.',
    labels: { mode: ['whole', 'on-demand'] },
  },
  sluice_route_reads_total: {
    type: 'counter',
    help: 'Patterns read ahead of the table or on demand; limited counts names refused as too many.',
    labels: { result: ['read', 'limited', 'failed'] },
  },
  sluice_routes_absent: {
    type: 'gauge',
    help: 'Patterns kept in mind to have no route, on demand only.',
    labels: {},
  },
  sluice_route_options_refused: {
    type: 'gauge',
    help: 'Options of the routes known whose value is none: the last good one is in force.',
    labels: {},
  },
  sluice_route_source_up: {
    type: 'gauge',
    help: '1 while the source of routes can be read.',
    labels: { source: ['redis', 'file'] },
  },
  sluice_route_source_mode: {
    type: 'gauge',
    help: '1 for how changes of routes in Redis are learnt of.',
    labels: { mode: ['tracking', 'keyspace', 'polling'] },
  },
  sluice_route_source_reconnects_total: {
    type: 'counter',
    help: 'Connections made again to the source of routes.',
    labels: {},
  },
  sluice_route_source_invalidations_total: {
    type: 'counter',
    help: 'Keys that the source announced as changed.',
    labels: {},
  },
  sluice_route_reconcile_fixes_total: {
    type: 'counter',
    help: 'Routes that only the periodic scan found to have changed.',
    labels: {},
  },
  sluice_route_bad_keys: {
    type: 'gauge',
    help: 'Keys of the source that are skipped or cut short, counted up to 1000.',
    labels: {},
  },
  sluice_route_source_from_snapshot: {
    type: 'gauge',
    help: '1 while the routes in use are from the snapshot on disk.',
    labels: {},
  },
  sluice_route_snapshot_age_seconds: {
    type: 'gauge',
    help: 'How long ago the snapshot on disk was last known to be current; absent where there is none.',
    labels: {},
  },
  sluice_route_snapshot_writes_total: {
    type: 'counter',
    help: 'Writings of the snapshot on disk, by result.',
    labels: { result: ['ok', 'error'] },
  },
  sluice_route_loss_held: {
    type: 'gauge',
    help: 'Routes that stay in use although the source has lost them, because so many went at once.',
    labels: {},
  },
  sluice_route_sync_total: {
    type: 'counter',
    help: 'Readings of routes, by cause and result.',
    labels: { trigger: ['connect', 'invalidate', 'flush', 'periodic'], result: ['ok', 'error'] },
  },
  sluice_route_sync_timestamp_seconds: {
    type: 'gauge',
    help: 'When all routes were last read; 0 before.',
    labels: {},
  },
} as const satisfies Record<string, MetricRow>;

/** What it says of itself, its workers and its backends. */
const EDGE_METRICS = {
  sluice_build_info: {
    type: 'gauge',
    help: 'Always 1; the labels say what runs.',
    labels: { version: 'of sluice', engine: ['epoll', 'net'], node_version: 'of Node' },
  },
  sluice_backends: { type: 'gauge', help: 'Backend addresses in use.', labels: {} },
  sluice_backends_ejected: {
    type: 'gauge',
    help: 'Backend addresses that are out of use after failures.',
    labels: {},
  },
  sluice_ejections_total: {
    type: 'counter',
    help: 'Times that a backend was put out of use, by what it failed at last.',
    labels: {
      cause: ['refused', 'timeout', 'unreachable', 'reset', 'closed', 'other', 'probe', 'shared'],
    },
  },
  sluice_backends_refused: {
    type: 'gauge',
    help: 'Members of the routes known, and addresses of the names in use, that are left out.',
    labels: {},
  },
  sluice_workers: { type: 'gauge', help: 'Workers configured.', labels: {} },
  sluice_workers_running: { type: 'gauge', help: 'Workers alive.', labels: {} },
  sluice_worker_restarts_total: {
    type: 'counter',
    help: 'Workers that died and were replaced.',
    labels: {},
  },
  sluice_worker_lost_sessions_total: {
    type: 'counter',
    help: 'Sessions cut because their worker died.',
    labels: {},
  },
  sluice_access_lines_dropped_total: {
    type: 'counter',
    help: 'Access lines lost to a full disk or a stuck pipe.',
    labels: {},
  },
  sluice_draining: { type: 'gauge', help: '1 while stopping.', labels: {} },
  sluice_connections_limit: {
    type: 'gauge',
    help: 'Live sessions that there may be at once; absent where there may be any number.',
    labels: {},
  },
  sluice_shared_ejections_total: {
    type: 'counter',
    help: 'Ejections told to other edges, withheld from them, and what came of theirs.',
    labels: { result: ['told', 'withheld', 'believed', 'disproved', 'ignored'] },
  },
  sluice_probes_total: {
    type: 'counter',
    help: 'Probes of backends, by kind and result.',
    labels: {
      kind: ['tls', 'tcp', 'http'],
      result: [
        'ok',
        'refused',
        'timeout',
        'closed',
        'alert',
        'bad-status',
        'not-understood',
        'no-resources',
      ],
    },
  },
  sluice_probe_duration_seconds: {
    type: 'histogram',
    help: 'How long probes of backends took.',
    labels: {},
  },
} as const satisfies Record<string, MetricRow>;

const FROM_ROUTES = 'the pattern of a route, or `__other__`';

/** What it says of hosts: by the pattern that matched, the busiest `--metrics-hosts` of them. */
const HOST_METRICS = {
  sluice_host_sessions_total: {
    type: 'counter',
    help: 'Sessions ended, by host.',
    labels: { host: FROM_ROUTES },
  },
  sluice_host_sessions_failed_total: {
    type: 'counter',
    help: 'Sessions whose client went without, through no doing of its own, by host.',
    labels: { host: FROM_ROUTES },
  },
  sluice_host_connections_active: {
    type: 'gauge',
    help: 'Live sessions whose host is known, by host.',
    labels: { host: FROM_ROUTES },
  },
  sluice_host_bytes_total: {
    type: 'counter',
    help: 'Bytes received, by host and the side that sent them.',
    labels: { host: FROM_ROUTES, direction: ['from-client', 'from-backend'] },
  },
  sluice_host_series: { type: 'gauge', help: 'Hosts that have series of their own.', labels: {} },
  sluice_host_series_dropped_total: {
    type: 'counter',
    help: 'Hosts that lost their series to a busier one, or idle for a day.',
    labels: {},
  },
} as const satisfies Record<string, MetricRow>;

/** Every metric of the control plane, by name. */
export const CONTROL_METRICS = {
  ...ROUTE_METRICS,
  ...EDGE_METRICS,
  ...RUNTIME_METRICS,
  ...HOST_METRICS,
};

export type ControlMetricName = keyof typeof CONTROL_METRICS;
