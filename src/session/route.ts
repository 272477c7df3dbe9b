import type { BalanceMethod } from '../balance/candidates.ts';
import type { Pool } from '../balance/pool.ts';
import type { Cidr } from '../cidr.ts';
import type { Protocol } from '../protocol.ts';
import type { ProxyMode } from '../proxy-protocol.ts';
import type { ServerName } from '../server-name.ts';

/** What an operator said of one route. What is `null` is as the flag of that name says. */
export interface RouteOptions {
  readonly balance: BalanceMethod | null;
  readonly proxy: ProxyMode | null;
  readonly connectTimeoutMs: number | null;
  readonly idleTimeoutMs: number | null;
  /** Live sessions of the route on this edge. `null`: any number. */
  readonly maxConnections: number | null;
  /** Clients that may use the route. Empty: all that are not denied. */
  readonly allow: readonly Cidr[];
  /** Clients that may not, whatever is allowed. */
  readonly deny: readonly Cidr[];
  /** Plain HTTP is answered with a redirect to here. */
  readonly redirect: 'https' | null;
  /** How its backends are probed while nothing is wrong with them. */
  readonly probe: 'off' | 'tls' | 'tcp' | 'http' | null;
  /** When sessions of a backend that is taken away are ended, in milliseconds from then. */
  readonly onRemoved: 'keep' | number | null;
  /** How long clients wait for a backend while there is none, and one is called for. `null`: not at all. */
  readonly wakeMs: number | null;
  /** How many may wait, for a backend or for room on one, and how long for room. */
  readonly queueMax: number | null;
  readonly queueTimeoutMs: number | null;
}

/** The options of a route that has none: one object for all of them. */
export const NO_OPTIONS: RouteOptions = {
  balance: null,
  proxy: null,
  connectTimeoutMs: null,
  idleTimeoutMs: null,
  maxConnections: null,
  allow: [],
  deny: [],
  redirect: null,
  probe: null,
  onRemoved: null,
  wakeMs: null,
  queueMax: null,
  queueTimeoutMs: null,
};

/** A route as the line sees it: which pattern matched, and a pool to choose from. */
export interface Route {
  /** As in Redis: `app.example.com`, `*.example.com`, `httpsDefault`. */
  readonly pattern: string;
  readonly match: 'exact' | 'wildcard' | 'default';
  readonly pool: Pool;
  /** Where ALPN `acme-tls/1` goes; `null`: where everybody goes. */
  readonly acme: Pool | null;
  readonly options: RouteOptions;
  /** Where the sessions of the route are counted, if they are. */
  readonly slot: number | null;
  /** Where those are counted that wait, where anybody may. */
  readonly queue?: number | null;
  /** Some of its backends take a limited number of sessions. */
  readonly limited?: boolean;
  /** Why it has no backend, where it has none. */
  readonly absence?: Absence;
  /** Told of its sessions, where somebody wants to know. */
  readonly tally?: RouteTally;
}

/** Counts the sessions of one route: each is entered once, and then either leaves for another route or ends. */
export interface RouteTally {
  entered(): void;
  left(): void;
  ended(failed: boolean): void;
  /** Bytes that came since the last time. */
  moved(fromClient: number, fromBackend: number): void;
}

/**
 * Why a route has no backend for a protocol: no member speaks it · all are drained · the guard refuses
 * every one · DNS has no address for any.
 */
export type Absence = 'no member' | 'all draining' | 'all refused' | 'DNS failed';

/** `null`: there is no such route. `unavailable`: nobody can say yet. */
export type FoundRoute = Route | null | 'unavailable';

/** Look a name up; `null` asks for the protocol's default. At once when it is known here. */
export type FindRoute = (
  name: ServerName | null,
  protocol: Protocol,
) => FoundRoute | Promise<FoundRoute>;
