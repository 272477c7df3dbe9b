import { DIAL_RESULTS } from '../dial/failure.ts';
import { LIMITS } from '../session/line-parts.ts';
import { PHASES } from '../session/session.ts';
import { TERMINATION_NAMES } from '../termination.ts';

/**
 * Every metric that sluice has of its own, in one table: names, types, labels and what they count.
 * A label has a closed set of values, known at start, or comes from the route table; never from a client.
 */

/** The closed label sets. `listener` is filled in at start with the listeners as configured. */
export const LABEL_VALUES = {
  phase: PHASES,
  hello: ['ok', 'no-name', 'malformed', 'too-large', 'timeout', 'silent', 'not-tls', 'closed'],
  match: ['exact', 'wildcard', 'default', 'none', 'unavailable'],
  connect: DIAL_RESULTS,
  direction: ['from-client', 'from-backend'],
  limit: LIMITS,
  termination: TERMINATION_NAMES,
} as const satisfies Record<string, readonly string[]>;

export type LabelSet = keyof typeof LABEL_VALUES | 'listener';

export interface DataMetric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** Label name in the exposition → the set its values come from. At most two. */
  readonly labels: Readonly<Record<string, LabelSet>>;
  /** Upper bounds in the unit of the name, ascending, for a histogram. */
  readonly buckets?: readonly number[];
}

const FAST_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const HELLO_SECONDS = [0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const SESSION_SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600];

/** What the data plane counts, in shared memory, with plain additions. */
export const DATA_METRICS = {
  connections: {
    name: 'sluice_connections_total',
    help: 'Client connections accepted.',
    type: 'counter',
    labels: { listener: 'listener' },
  },
  acceptErrors: {
    name: 'sluice_accept_errors_total',
    help: 'Times that clients could not be accepted: each a pause of the epoll engine, in which they wait.',
    type: 'counter',
    labels: { listener: 'listener' },
  },
  active: {
    name: 'sluice_connections_active',
    help: 'Live sessions, by where they stand.',
    type: 'gauge',
    labels: { listener: 'listener', state: 'phase' },
  },
  sessions: {
    name: 'sluice_sessions_total',
    help: 'Sessions ended, by how.',
    type: 'counter',
    labels: { listener: 'listener', termination: 'termination' },
  },
  limited: {
    name: 'sluice_limited_total',
    help: 'Sessions refused because there were enough already, by what there was enough of.',
    type: 'counter',
    labels: { limit: 'limit' },
  },
  clientsUncounted: {
    name: 'sluice_client_table_full_total',
    help: 'Sessions that no limit of their client address held for, as the table of addresses was full.',
    type: 'counter',
    labels: {},
  },
  sessionSeconds: {
    name: 'sluice_session_duration_seconds',
    help: 'From accept to the end, of sessions that reached a backend.',
    type: 'histogram',
    labels: {},
    buckets: SESSION_SECONDS,
  },
  hellos: {
    name: 'sluice_client_hello_total',
    help: 'What the first bytes of a connection turned out to be.',
    type: 'counter',
    labels: { listener: 'listener', result: 'hello' },
  },
  helloSeconds: {
    name: 'sluice_client_hello_duration_seconds',
    help: 'From accept until the ClientHello or the request head was complete.',
    type: 'histogram',
    labels: {},
    buckets: HELLO_SECONDS,
  },
  ech: {
    name: 'sluice_client_hello_ech_total',
    help: 'ClientHellos with an encrypted_client_hello extension, GREASE included.',
    type: 'counter',
    labels: {},
  },
  lookups: {
    name: 'sluice_route_lookups_total',
    help: 'Route look-ups, by what matched.',
    type: 'counter',
    labels: { result: 'match' },
  },
  connects: {
    name: 'sluice_backend_connects_total',
    help: 'Attempts to connect to a backend.',
    type: 'counter',
    labels: { result: 'connect' },
  },
  connectSeconds: {
    name: 'sluice_backend_connect_duration_seconds',
    help: 'Time to connect to a backend, of attempts that succeeded.',
    type: 'histogram',
    labels: {},
    buckets: FAST_SECONDS,
  },
  retries: {
    name: 'sluice_backend_retries_total',
    help: 'Further attempts of sessions to reach a backend, on another one where there was one.',
    type: 'counter',
    labels: {},
  },
  retriesDenied: {
    name: 'sluice_retry_budget_exhausted_total',
    help: 'Further attempts that were not made because the retry budget was spent.',
    type: 'counter',
    labels: {},
  },
  linesSkipped: {
    name: 'sluice_access_lines_skipped_total',
    help: 'Access lines of successes and of live sessions that were left out because there were enough.',
    type: 'counter',
    labels: {},
  },
  bytes: {
    name: 'sluice_bytes_total',
    help: 'Bytes received, by the side that sent them.',
    type: 'counter',
    labels: { direction: 'direction' },
  },
} as const satisfies Record<string, DataMetric>;

export type DataMetricKey = keyof typeof DATA_METRICS;
