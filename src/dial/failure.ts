import type { Termination } from '../termination.ts';

/** How an attempt to reach a backend went: the closed set behind the metric label. */
export const DIAL_RESULTS = [
  'ok',
  'refused',
  'timeout',
  'unreachable',
  'reset',
  'resources',
  'source-ports',
  'other',
] as const;
export type DialResult = (typeof DIAL_RESULTS)[number];
export type DialFailure = Exclude<DialResult, 'ok'>;

/** Names of errno(3); what is not here is `other`. */
const FAILURES: Readonly<Record<string, DialFailure>> = {
  ECONNREFUSED: 'refused',
  // A unix socket that is not there, or whose queue is full: as refused as a port nobody listens at.
  ENOENT: 'refused',
  EAGAIN: 'refused',
  ETIMEDOUT: 'timeout',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETDOWN: 'unreachable',
  ECONNRESET: 'reset',
  ECONNABORTED: 'reset',
  EPIPE: 'reset',
  // Ours, not the backend's: descriptors, memory …
  EMFILE: 'resources',
  ENFILE: 'resources',
  ENOBUFS: 'resources',
  ENOMEM: 'resources',
  // … and ports to dial from: none is left for this backend, or none at all.
  EADDRNOTAVAIL: 'source-ports',
  EADDRINUSE: 'source-ports',
};

const TERMINATIONS = {
  refused: 'connect-failed',
  timeout: 'connect-timeout',
  unreachable: 'connect-failed',
  reset: 'connect-failed',
  resources: 'no-resources',
  'source-ports': 'no-source-ports',
  other: 'connect-failed',
} as const satisfies Record<DialFailure, Termination>;

/** What a failed system call says of the backend. `null`: the error is no system call's, so a bug. */
export function dialFailure(error: unknown): DialFailure | null {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  // Node's own errors are `ERR_…`: with an underscore, which no errno name has.
  if (typeof code !== 'string' || !/^E[A-Z0-9]+$/.test(code)) return null;
  return FAILURES[code] ?? 'other';
}

/** How a session ends when this was the last failure. */
export function failureTermination(failure: DialFailure): (typeof TERMINATIONS)[DialFailure] {
  return TERMINATIONS[failure];
}
