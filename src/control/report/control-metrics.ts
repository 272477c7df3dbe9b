import type { ControlMetric } from '../../account/exposition.ts';
import type { EjectionCause } from '../../worker/health-word.ts';
import type { TableMode } from '../routes/directory.ts';
import type { OnDemandCounts } from '../routes/on-demand/held-routes.ts';
import type { SourceStatus, TrackingMode } from '../sources/source.ts';

/** What the control plane knows at the moment of a scrape. */
export interface ControlState {
  readonly version: string;
  readonly engine: string;
  readonly source: SourceStatus;
  readonly routes: Readonly<Record<'exact' | 'wildcard' | 'default', number>>;
  readonly tableMode: TableMode;
  readonly onDemand: OnDemandCounts;
  /** Backend addresses that workers have in use. */
  readonly backends: number;
  readonly backendsEjected: number;
  /** Since the start. */
  readonly ejections: Readonly<Record<EjectionCause, number>>;
  readonly backendsRefused: number;
  readonly routeOptionsRefused: number;
  readonly workers: number;
  readonly workersRunning: number;
  readonly workerRestarts: number;
  readonly sessionsLost: number;
  readonly accessLinesDropped: number;
  readonly draining: boolean;
}

type Row = readonly [
  name: string,
  type: ControlMetric['type'],
  help: string,
  read: (state: ControlState) => ReturnType<ControlMetric['read']>,
];

const only = (value: number | boolean) => [{ value: Number(value) }];

const TABLE_MODES: readonly TableMode[] = ['whole', 'on-demand'];
const MODES: readonly TrackingMode[] = ['tracking', 'keyspace', 'polling'];

/** The control plane's own series, one a row. */
const ROWS: readonly Row[] = [
  [
    'sluice_build_info',
    'gauge',
    'Always 1; the labels say what runs.',
    ({ version, engine }) => [
      { value: 1, labels: { version, engine, node_version: process.version } },
    ],
  ],
  [
    'sluice_routes',
    'gauge',
    'Routes known, by kind of pattern.',
    ({ routes }) => Object.entries(routes).map(([kind, value]) => ({ value, labels: { kind } })),
  ],
  [
    'sluice_route_table_mode',
    'gauge',
    '1 for where routes are looked up: the whole table, or what was read on demand.',
    ({ tableMode }) =>
      TABLE_MODES.map((mode) => ({ value: Number(mode === tableMode), labels: { mode } })),
  ],
  [
    'sluice_route_reads_total',
    'counter',
    'Patterns read ahead of the table or on demand; limited counts names refused as too many.',
    ({ onDemand }) =>
      Object.entries(onDemand.reads).map(([result, value]) => ({ value, labels: { result } })),
  ],
  [
    'sluice_routes_absent',
    'gauge',
    'Patterns kept in mind to have no route, on demand only.',
    ({ onDemand }) => only(onDemand.absent),
  ],
  ['sluice_backends', 'gauge', 'Backend addresses in use.', (state) => only(state.backends)],
  [
    'sluice_backends_ejected',
    'gauge',
    'Backend addresses that are out of use after failures.',
    (state) => only(state.backendsEjected),
  ],
  [
    'sluice_ejections_total',
    'counter',
    'Times that a backend was put out of use, by what it failed at last.',
    ({ ejections }) =>
      Object.entries(ejections).map(([cause, value]) => ({ value, labels: { cause } })),
  ],
  [
    'sluice_backends_refused',
    'gauge',
    'Members of the routes known, and addresses of the names in use, that are left out.',
    (state) => only(state.backendsRefused),
  ],
  [
    'sluice_route_options_refused',
    'gauge',
    'Options of the routes known whose value is none: the last good one is in force.',
    (state) => only(state.routeOptionsRefused),
  ],
  ['sluice_workers', 'gauge', 'Workers configured.', (state) => only(state.workers)],
  ['sluice_workers_running', 'gauge', 'Workers alive.', (state) => only(state.workersRunning)],
  [
    'sluice_worker_restarts_total',
    'counter',
    'Workers that died and were replaced.',
    (state) => only(state.workerRestarts),
  ],
  [
    'sluice_worker_lost_sessions_total',
    'counter',
    'Sessions cut because their worker died.',
    (state) => only(state.sessionsLost),
  ],
  [
    'sluice_access_lines_dropped_total',
    'counter',
    'Access lines lost to a full disk or a stuck pipe.',
    (state) => only(state.accessLinesDropped),
  ],
  ['sluice_draining', 'gauge', '1 while stopping.', (state) => only(state.draining)],
  [
    'sluice_route_source_up',
    'gauge',
    '1 while the source of routes can be read.',
    ({ source }) => [{ value: Number(source.connected), labels: { source: source.kind } }],
  ],
  [
    'sluice_route_source_mode',
    'gauge',
    '1 for how changes of routes in Redis are learnt of.',
    ({ source }) =>
      source.kind === 'redis'
        ? MODES.map((mode) => ({ value: Number(mode === source.tracking), labels: { mode } }))
        : [],
  ],
  [
    'sluice_route_source_reconnects_total',
    'counter',
    'Connections made again to the source of routes.',
    ({ source }) => only(source.counters.reconnects),
  ],
  [
    'sluice_route_source_invalidations_total',
    'counter',
    'Keys that the source announced as changed.',
    ({ source }) => only(source.counters.invalidations),
  ],
  [
    'sluice_route_reconcile_fixes_total',
    'counter',
    'Routes that only the periodic scan found to have changed.',
    ({ source }) => only(source.counters.reconcileFixes),
  ],
  [
    'sluice_route_bad_keys',
    'gauge',
    'Keys of the source that are skipped or cut short, counted up to 1000.',
    ({ source }) => only(source.badKeys),
  ],
  [
    'sluice_route_source_from_snapshot',
    'gauge',
    '1 while the routes in use are from the snapshot on disk.',
    ({ source }) => only(source.snapshotAt !== null),
  ],
  [
    'sluice_route_snapshot_age_seconds',
    'gauge',
    'How long ago the snapshot on disk was last known to be current; absent where there is none.',
    ({ source }) => {
      const asOf = source.snapshot?.asOf ?? null;
      return asOf === null ? [] : only(Math.max(0, (Date.now() - asOf) / 1000));
    },
  ],
  [
    'sluice_route_snapshot_writes_total',
    'counter',
    'Writings of the snapshot on disk, by result.',
    ({ source }) =>
      Object.entries(source.snapshot?.writes ?? {}).map(([result, value]) => ({
        value,
        labels: { result },
      })),
  ],
  [
    'sluice_route_loss_held',
    'gauge',
    'Routes that stay in use although the source has lost them, because so many went at once.',
    ({ source }) => only(source.lossHeld),
  ],
  [
    'sluice_route_sync_total',
    'counter',
    'Readings of routes, by cause and result.',
    ({ source }) =>
      Object.entries(source.counters.syncs).flatMap(([trigger, results]) =>
        Object.entries(results).map(([result, value]) => ({ value, labels: { trigger, result } })),
      ),
  ],
  [
    'sluice_route_sync_timestamp_seconds',
    'gauge',
    'When all routes were last read; 0 before.',
    ({ source }) => only((source.lastSyncAt ?? 0) / 1000),
  ],
];

/** The control plane's series for the exposition, read from `state` at every scrape. */
export function controlMetrics(state: () => ControlState): readonly ControlMetric[] {
  return ROWS.map(([name, type, help, read]) => ({ name, type, help, read: () => read(state()) }));
}
