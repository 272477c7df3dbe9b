import { FAILURES } from '../../../src/termination.ts';

/** A query of Prometheus and what its lines are called: labels in double braces. */
export interface Query {
  readonly expr: string;
  readonly legend: string;
}

/** A picture on the dashboard. `unit` is one of Grafana's names for units. */
export interface Panel {
  readonly title: string;
  /** What it says to somebody who sees it for the first time. */
  readonly help: string;
  readonly kind: 'stat' | 'timeseries' | 'table';
  readonly unit: string;
  readonly queries: readonly Query[];
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** What is chosen at the top of the dashboard. */
const EDGE = 'job=~"$job",instance=~"$instance"';
const RATE = '$__rate_interval';

function rate(metric: string, labels = ''): string {
  return `rate(${metric}{${EDGE}${labels}}[${RATE}])`;
}

function quantile(share: number, metric: string): string {
  return `histogram_quantile(${share}, sum by (le) (${rate(`${metric}_bucket`)}))`;
}

/** Endings for a cause of the edge, its backends or a limit: what clients and scanners do is none. */
export const FAILED = [...FAILURES].join('|');

/** The dashboard, from top to bottom: is it healthy, what is busy, what is failing, what of the machine. */
export const ROWS: readonly Row[] = [
  {
    title: 'Is it healthy',
    panels: [
      {
        title: 'Edges up',
        help: 'Edges that Prometheus can scrape.',
        kind: 'stat',
        unit: 'short',
        queries: [{ expr: 'sum(up{job=~"$job",instance=~"$instance"})', legend: 'up' }],
      },
      {
        title: 'Live sessions',
        help: 'Clients connected just now.',
        kind: 'stat',
        unit: 'short',
        queries: [{ expr: `sum(sluice_connections_active{${EDGE}})`, legend: 'live' }],
      },
      {
        title: 'Sessions that failed',
        help: 'The share of sessions that ended for a cause of the edge, its backends or a limit.',
        kind: 'stat',
        unit: 'percentunit',
        queries: [
          {
            expr: `sum(${rate('sluice_sessions_total', `,termination=~"${FAILED}"`)}) / sum(${rate('sluice_sessions_total')})`,
            legend: 'failed',
          },
        ],
      },
      {
        title: 'Backends out of use',
        help: 'Backend addresses that are ejected after failures.',
        kind: 'stat',
        unit: 'short',
        queries: [{ expr: `sum(sluice_backends_ejected{${EDGE}})`, legend: 'ejected' }],
      },
      {
        title: 'Source of routes',
        help: '1 while Redis, or the route file, can be read.',
        kind: 'stat',
        unit: 'short',
        queries: [{ expr: `min(sluice_route_source_up{${EDGE}})`, legend: 'up' }],
      },
    ],
  },
  {
    title: 'What is busy',
    panels: [
      {
        title: 'Connections per second',
        help: 'Clients accepted, by listener.',
        kind: 'timeseries',
        unit: 'cps',
        queries: [
          {
            expr: `sum by (listener) (${rate('sluice_connections_total')})`,
            legend: '{{listener}}',
          },
        ],
      },
      {
        title: 'Live sessions by stage',
        help: 'Where sessions stand: a pile in front of relaying says what they wait for.',
        kind: 'timeseries',
        unit: 'short',
        queries: [
          { expr: `sum by (state) (sluice_connections_active{${EDGE}})`, legend: '{{state}}' },
        ],
      },
      {
        title: 'Bytes per second',
        help: 'Bytes received, by the side that sent them.',
        kind: 'timeseries',
        unit: 'Bps',
        queries: [
          { expr: `sum by (direction) (${rate('sluice_bytes_total')})`, legend: '{{direction}}' },
        ],
      },
      {
        title: 'Busiest names',
        help: 'Sessions per second of the names that have series of their own.',
        kind: 'timeseries',
        unit: 'cps',
        queries: [
          {
            expr: `topk(10, sum by (host) (${rate('sluice_host_sessions_total')}))`,
            legend: '{{host}}',
          },
        ],
      },
    ],
  },
  {
    title: 'What is failing',
    panels: [
      {
        title: 'How sessions end',
        help: 'Sessions ended per second, by how; those that ended well are left out.',
        kind: 'timeseries',
        unit: 'cps',
        queries: [
          {
            expr: `sum by (termination) (${rate('sluice_sessions_total', ',termination!="ok"')})`,
            legend: '{{termination}}',
          },
        ],
      },
      {
        title: 'Connects to backends',
        help: 'Attempts per second that failed, by how.',
        kind: 'timeseries',
        unit: 'cps',
        queries: [
          {
            expr: `sum by (result) (${rate('sluice_backend_connects_total', ',result!="ok"')})`,
            legend: '{{result}}',
          },
          { expr: `sum(${rate('sluice_backend_retries_total')})`, legend: 'retries' },
        ],
      },
      {
        title: 'Ejections',
        help: 'Times per second that a backend was put out of use, by what it failed at last.',
        kind: 'timeseries',
        unit: 'cps',
        queries: [
          { expr: `sum by (cause) (${rate('sluice_ejections_total')})`, legend: '{{cause}}' },
        ],
      },
      {
        title: 'Refused over a limit',
        help: 'Sessions refused per second because there were enough already.',
        kind: 'timeseries',
        unit: 'cps',
        queries: [
          { expr: `sum by (limit) (${rate('sluice_limited_total')})`, legend: '{{limit}}' },
        ],
      },
      {
        title: 'Names that fail most',
        help: 'Failed sessions per second of the names that have series of their own.',
        kind: 'timeseries',
        unit: 'cps',
        queries: [
          {
            expr: `topk(10, sum by (host) (${rate('sluice_host_sessions_failed_total')}))`,
            legend: '{{host}}',
          },
        ],
      },
    ],
  },
  {
    title: 'How long it takes',
    panels: [
      {
        title: 'Connecting to a backend',
        help: 'Half, and 99 of 100, of the connects took less.',
        kind: 'timeseries',
        unit: 's',
        queries: [
          { expr: quantile(0.5, 'sluice_backend_connect_duration_seconds'), legend: 'p50' },
          { expr: quantile(0.99, 'sluice_backend_connect_duration_seconds'), legend: 'p99' },
        ],
      },
      {
        title: 'Waiting for the hello',
        help: 'From accept until the ClientHello or the request head was complete.',
        kind: 'timeseries',
        unit: 's',
        queries: [
          { expr: quantile(0.5, 'sluice_client_hello_duration_seconds'), legend: 'p50' },
          { expr: quantile(0.99, 'sluice_client_hello_duration_seconds'), legend: 'p99' },
        ],
      },
      {
        title: 'Waiting for a turn in a worker',
        help: 'How long bytes that were there waited for their worker: the first sign of too few workers.',
        kind: 'timeseries',
        unit: 's',
        queries: [{ expr: quantile(0.99, 'sluice_worker_wait_seconds'), legend: 'p99' }],
      },
    ],
  },
  {
    title: 'Routes and the machine',
    panels: [
      {
        title: 'Routes known',
        help: 'By kind of pattern.',
        kind: 'timeseries',
        unit: 'short',
        queries: [{ expr: `sum by (kind) (sluice_routes{${EDGE}})`, legend: '{{kind}}' }],
      },
      {
        title: 'Age of the routes',
        help: 'For how long the routes in use may have missed changes; 0 while their source is followed.',
        kind: 'timeseries',
        unit: 's',
        queries: [
          {
            expr: `sluice_route_age_seconds{${EDGE}}`,
            legend: '{{instance}}',
          },
        ],
      },
      {
        title: 'CPU',
        help: 'Cores in use.',
        kind: 'timeseries',
        unit: 'short',
        queries: [{ expr: rate('process_cpu_seconds_total'), legend: '{{instance}}' }],
      },
      {
        title: 'Memory',
        help: 'Resident, of the whole process.',
        kind: 'timeseries',
        unit: 'bytes',
        queries: [{ expr: `process_resident_memory_bytes{${EDGE}}`, legend: '{{instance}}' }],
      },
      {
        title: 'Descriptors',
        help: 'Open descriptors, over those there may be: two a session.',
        kind: 'timeseries',
        unit: 'percentunit',
        queries: [
          {
            expr: `process_open_fds{${EDGE}} / process_max_fds{${EDGE}}`,
            legend: '{{instance}}',
          },
        ],
      },
    ],
  },
];
