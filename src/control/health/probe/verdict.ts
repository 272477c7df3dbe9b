export type { StatusRange } from '../../../config/values/probe.ts';

/** How probes end: the label of the metric. All but `ok` and `no-resources` speak against the backend. */
export const PROBE_RESULTS = [
  'ok',
  'refused',
  'timeout',
  'closed',
  'alert',
  'bad-status',
  'not-understood',
  'no-resources',
] as const;

export type ProbeResult = (typeof PROBE_RESULTS)[number];

/** What one probe found. */
export interface ProbeVerdict {
  readonly result: ProbeResult;
  /** In words that follow "the probe": `was answered with HTTP 503`. */
  readonly why: string;
}

export const PROBE_KINDS = ['tls', 'tcp', 'http'] as const;

/** What is sent: a ClientHello, nothing, or a GET. */
export type ProbeKind = (typeof PROBE_KINDS)[number];

export const PROBE_OK: ProbeVerdict = { result: 'ok', why: 'succeeded' };
