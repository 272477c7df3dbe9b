import type { ControlMetric } from '../../account/exposition.ts';
import { controlMetric } from '../../account/metrics/control-metric.ts';
import type { ControlMetricName } from '../../account/metrics/control.ts';
import type { EjectionCause } from '../../worker/health/health-word.ts';
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
  /** Live sessions that there may be. `null`: any number. */
  readonly maxConnections: number | null;
}

type Read = (state: ControlState) => ReturnType<ControlMetric['read']>;

const only = (value: number | boolean) => [{ value: Number(value) }];

const TABLE_MODES: readonly TableMode[] = ['whole', 'on-demand'];
const MODES: readonly TrackingMode[] = ['tracking', 'keyspace', 'polling'];

/** What the rows of the table say that are read from `ControlState`. */
const READS: Partial<Record<ControlMetricName, Read>> = {
  sluice_build_info: ({ version, engine }) => [
    { value: 1, labels: { version, engine, node_version: process.version } },
  ],
  sluice_routes: ({ routes }) =>
    Object.entries(routes).map(([kind, value]) => ({ value, labels: { kind } })),
  sluice_route_table_mode: ({ tableMode }) =>
    TABLE_MODES.map((mode) => ({ value: Number(mode === tableMode), labels: { mode } })),
  sluice_route_reads_total: ({ onDemand }) =>
    Object.entries(onDemand.reads).map(([result, value]) => ({ value, labels: { result } })),
  sluice_routes_absent: ({ onDemand }) => only(onDemand.absent),
  sluice_backends: (state) => only(state.backends),
  sluice_backends_ejected: (state) => only(state.backendsEjected),
  sluice_ejections_total: ({ ejections }) =>
    Object.entries(ejections).map(([cause, value]) => ({ value, labels: { cause } })),
  sluice_backends_refused: (state) => only(state.backendsRefused),
  sluice_route_options_refused: (state) => only(state.routeOptionsRefused),
  sluice_workers: (state) => only(state.workers),
  sluice_workers_running: (state) => only(state.workersRunning),
  sluice_worker_restarts_total: (state) => only(state.workerRestarts),
  sluice_worker_lost_sessions_total: (state) => only(state.sessionsLost),
  sluice_access_lines_dropped_total: (state) => only(state.accessLinesDropped),
  sluice_draining: (state) => only(state.draining),
  sluice_route_source_up: ({ source }) => [
    { value: Number(source.connected), labels: { source: source.kind } },
  ],
  sluice_route_source_mode: ({ source }) =>
    source.kind === 'redis'
      ? MODES.map((mode) => ({ value: Number(mode === source.tracking), labels: { mode } }))
      : [],
  sluice_route_source_reconnects_total: ({ source }) => only(source.counters.reconnects),
  sluice_route_source_invalidations_total: ({ source }) => only(source.counters.invalidations),
  sluice_route_reconcile_fixes_total: ({ source }) => only(source.counters.reconcileFixes),
  sluice_route_bad_keys: ({ source }) => only(source.badKeys),
  sluice_route_source_from_snapshot: ({ source }) => only(source.snapshotAt !== null),
  sluice_route_snapshot_age_seconds: ({ source }) => {
    const asOf = source.snapshot?.asOf ?? null;
    return asOf === null ? [] : only(Math.max(0, (Date.now() - asOf) / 1000));
  },
  sluice_route_snapshot_writes_total: ({ source }) =>
    Object.entries(source.snapshot?.writes ?? {}).map(([result, value]) => ({
      value,
      labels: { result },
    })),
  sluice_route_loss_held: ({ source }) => only(source.lossHeld),
  sluice_route_sync_total: ({ source }) =>
    Object.entries(source.counters.syncs).flatMap(([trigger, results]) =>
      Object.entries(results).map(([result, value]) => ({ value, labels: { trigger, result } })),
    ),
  sluice_route_sync_timestamp_seconds: ({ source }) => only((source.lastSyncAt ?? 0) / 1000),
  sluice_connections_limit: ({ maxConnections }) =>
    maxConnections === null ? [] : only(maxConnections),
};

/** The control plane's series for the exposition, read from `state` at every scrape. */
export function controlMetrics(state: () => ControlState): readonly ControlMetric[] {
  const rows = Object.entries(READS) as [ControlMetricName, Read][];
  return rows.map(([name, read]) => controlMetric(name, () => read(state())));
}
