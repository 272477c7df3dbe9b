import type { MetricRow } from './control.ts';

/** What the edge says of its own process. */
export const RUNTIME_METRICS = {
  sluice_worker_wait_seconds: {
    type: 'histogram',
    help: 'How long, at most, events that were ready waited for their turn: one observation per turn of a worker.',
    labels: {},
  },
  sluice_control_lag_p99_seconds: {
    type: 'gauge',
    help: 'How late the event loop of the control plane was lately, 99th percentile; absent until measured.',
    labels: {},
  },
  sluice_route_age_seconds: {
    type: 'gauge',
    help: 'For how long the routes in use may have missed changes; 0 while their source is followed.',
    labels: {},
  },
  sluice_access_log_queued_bytes: {
    type: 'gauge',
    help: 'What of the access log waits to be written.',
    labels: {},
  },
  sluice_log_lines_dropped_total: {
    type: 'counter',
    help: "Lines of the edge's own log that were lost, as nobody reads standard error or writing to it fails.",
    labels: {},
  },
  process_open_fds: { type: 'gauge', help: 'Number of open file descriptors.', labels: {} },
  process_max_fds: {
    type: 'gauge',
    help: 'Maximum number of open file descriptors.',
    labels: {},
  },
} as const satisfies Record<string, MetricRow>;
