import type { BalanceMethod } from '../../../balance/candidates.ts';
import type { ProxyMode } from '../../../proxy-protocol.ts';
import type { RouteOptions } from '../../../session/route.ts';
import type { Refusal } from '../../routes/members/route-members.ts';
import type { RouteRecord } from '../../sources/routes/route-record.ts';

/** The flags that hold where a route says nothing. */
export interface RouteFlags {
  readonly balance: BalanceMethod;
  readonly proxy: ProxyMode;
  readonly connectTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** Of 1. */
  readonly maxEjected: number;
  readonly probe: 'off' | 'tls' | 'tcp' | 'http';
  readonly onRemoved: 'keep' | number;
}

/** What is known of routes: everything by a running edge, less by who only reads Redis. */
export interface RouteFacts {
  /** Who knows it, for a reader. */
  readonly source: string;
  record(pattern: string): RouteRecord | null;
  /** The options in force, which may be older and better than what stands in the record. */
  options(pattern: string, record: RouteRecord): RouteOptions;
  /** What a DNS name stands for; `null` where that is not known here. */
  addresses(name: string): readonly string[] | null;
  /** Live sessions of a backend, by its name; `null` where nobody counts them. */
  sessions(backend: string): number | null;
  /** Live sessions of a route, where they are counted because it has a limit. */
  routeSessions(pattern: string): number | null;
  /** Until when a backend is out of use, in milliseconds since the epoch, and why; `null` when it is not. */
  ejection(backend: string): { readonly until: number; readonly why: string } | null;
  readonly refusal: Refusal;
  /** `null` where there is no edge to have any. */
  readonly flags: RouteFlags | null;
}
