import type { HostRow } from '../../hosts/host-activity.ts';
import type { SourceStatus, TrackingMode } from '../../sources/source.ts';
import type { Termination } from '../../../termination.ts';
import type { Phase } from '../../../session/session.ts';

/** What an edge does at this moment, on one screen: `/api/v1/overview`, and each second `/api/v1/events`. */
export interface Overview {
  readonly version: 1;
  /** Of this overview and of the start, in ISO 8601. */
  readonly time: string;
  readonly startedAt: string;
  readonly edge: string;
  readonly engine: string;
  /** The version that runs. */
  readonly sluice: string;
  readonly ready: boolean;
  /** What keeps it from being ready, and what else an operator may want to know, in words. */
  readonly problems: readonly string[];
  readonly notes: readonly string[];
  /** Live, by where they stand; `limit` is `null` where there is none. */
  readonly sessions: Readonly<Record<Phase, number>> & { readonly limit: number | null };
  /** A second, over the last five. */
  readonly rates: Rates;
  /** Since the start, by how they ended. */
  readonly ended: Readonly<Record<Termination, number>>;
  /** Of the connects of the last minute that succeeded; `null` where there was none. */
  readonly connectMs: Quantiles;
  readonly workers: readonly WorkerRow[];
  readonly source: SourceRow;
  readonly runtime: RuntimeRow;
  /** The busiest 50 of late. */
  readonly hosts: readonly HostRow[];
  /** 50: those out of use first, then those with the most sessions. */
  readonly backends: readonly BackendRow[];
  /** The last 50 failed sessions, newest first, as the access log has them. */
  readonly failures: readonly FailureRow[];
}

/** `sessions` are those accepted, `failures` those that ended as `isFailure` says. */
export interface Rates {
  readonly sessions: number;
  readonly failures: number;
  readonly bytesFromClient: number;
  readonly bytesFromBackend: number;
  readonly retries: number;
  readonly limited: number;
}

export interface Quantiles {
  readonly p50: number | null;
  readonly p99: number | null;
}

export interface WorkerRow {
  readonly id: number;
  readonly running: boolean;
  readonly sessions: number;
  /** How long events waited for their turn; `null` while nothing is known. */
  readonly waitP99Ms: number | null;
}

export interface SourceRow {
  readonly kind: SourceStatus['kind'];
  readonly connected: boolean;
  /** How changes are learnt of. */
  readonly mode: TrackingMode | null;
  /** For how long changes may have been missed: 0 while the routes are current, `null` before there are any. */
  readonly ageSeconds: number | null;
  readonly fromSnapshot: boolean;
  readonly routes: number;
}

export interface RuntimeRow {
  /** How late the control plane's loop is. */
  readonly lagP99Ms: number | null;
  readonly rssBytes: number;
  readonly openDescriptors: number | null;
  readonly maxDescriptors: number | null;
  /** Sessions that wait for a backend. */
  readonly queued: number;
}

export interface BackendRow {
  readonly address: string;
  readonly sessions: number;
  readonly state: 'healthy' | 'ejected' | 'recovering' | 'slow-start';
  /** Why it is out of use. */
  readonly cause: string | null;
  /** Until when it is, at least, in ISO 8601. */
  readonly until: string | null;
}

/** A line of the access log. */
export type FailureRow = Readonly<Record<string, string | number>>;
