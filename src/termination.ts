/**
 * How a session can end. One row per ending, and every session gets exactly one: the first cause wins.
 *
 * - `letters`: HAProxy's two (configuration.txt section 8.5): who ended it, then in which phase.
 * - `alert`: the TLS alert the client is sent (RFC 8446 section 6.2, RFC 6066 section 3), if any.
 * - `status`: the HTTP status a plain-HTTP client is sent, if any.
 * - `level`: the level of the session's access line; `debug` keeps it out of the log by default.
 */
export const TERMINATIONS = {
  ok: { letters: '--', level: 'info' },
  'client-aborted': { letters: 'CD', level: 'info' },
  'backend-aborted': { letters: 'SD', level: 'info' },
  'idle-timeout': { letters: 'cD', level: 'info' },
  'half-close-timeout': { letters: 'cD', level: 'info' },
  // Browsers connect ahead of need and never speak. An answer would only pollute their logs and ours.
  'client-silent': { letters: 'cR', level: 'debug' },
  'hello-aborted': { letters: 'CR', level: 'info' },
  'hello-timeout': { letters: 'cR', level: 'info', alert: 40, status: 408 },
  'hello-too-large': { letters: 'PR', level: 'info', alert: 40, status: 431 },
  malformed: { letters: 'PR', level: 'info', alert: 50, status: 400 },
  'not-tls': { letters: 'PR', level: 'info' },
  'bad-proxy-header': { letters: 'PR', level: 'info' },
  'no-name': { letters: 'PR', level: 'info', alert: 112, status: 404 },
  'unknown-host': { letters: 'PR', level: 'info', alert: 112, status: 404 },
  denied: { letters: 'PR', level: 'info', alert: 49, status: 403 },
  // Not `access_denied`, which is final: whoever comes again may find room.
  limited: { letters: 'PR', level: 'info', alert: 80, status: 429 },
  // Plain HTTP where https is wanted. Its 308 says where, so that no two are the same.
  redirected: { letters: 'LR', level: 'info' },
  // Nobody can say yet whether the name exists: never tell a client that it does not.
  'routes-unavailable': { letters: 'PR', level: 'warn', alert: 80, status: 503 },
  'no-backend': { letters: 'SC', level: 'warn', alert: 80, status: 503 },
  'connect-failed': { letters: 'SC', level: 'warn', alert: 80, status: 502 },
  'connect-timeout': { letters: 'sC', level: 'warn', alert: 80, status: 504 },
  'no-resources': { letters: 'RC', level: 'error', alert: 80, status: 503 },
  // Its own, because more of them is another measure: `--source-address`.
  'no-source-ports': { letters: 'RC', level: 'error', alert: 80, status: 503 },
  // Its backend was taken from the route, and the operator wants such sessions ended.
  'backend-removed': { letters: 'D-', level: 'info' },
  drained: { letters: 'K-', level: 'info' },
  shutdown: { letters: 'K-', level: 'info' },
  'internal-error': { letters: 'I-', level: 'error', alert: 80, status: 500 },
} as const satisfies Record<string, TerminationRow>;

export type Termination = keyof typeof TERMINATIONS;

export interface TerminationRow {
  readonly letters: string;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly alert?: number;
  readonly status?: number;
}

/** Every termination, in table order: the closed set behind the metric label. */
export const TERMINATION_NAMES = Object.keys(TERMINATIONS) as readonly Termination[];

/** The row of a termination, with the optional columns readable on every row. */
export function terminationRow(termination: Termination): TerminationRow {
  return TERMINATIONS[termination];
}

/** Endings of a client that went without what it came for: see `isFailure`. */
export const FAILURES: ReadonlySet<Termination> = new Set([
  'backend-aborted',
  'limited',
  'routes-unavailable',
  'no-backend',
  'connect-failed',
  'connect-timeout',
  'no-resources',
  'no-source-ports',
  'internal-error',
]);

/** Whether a client went without what it came for, neither by its own doing nor because an operator wants it so. */
export function isFailure(termination: Termination): boolean {
  return termination !== 'ok' && FAILURES.has(termination);
}

/** Thrown by a stage to end the session; caught only by the line in `session/`. */
export class Ended extends Error {
  override readonly name = 'Ended';
  readonly termination: Termination;

  /** `detail` goes to the access line: a few words from a closed set, never client text. */
  constructor(termination: Termination, detail = '', cause?: unknown) {
    super(detail === '' ? termination : `${termination}: ${detail}`, { cause });
    this.termination = termination;
    this.detail = detail;
  }

  readonly detail: string;
}
