import type { IpEndpoint } from '../address.ts';
import type { AccessLogSettings } from '../account/access-log.ts';
import type { CounterLayout } from '../account/counters.ts';
import type { BalanceMethod } from '../balance/candidates.ts';
import type { Backend } from '../balance/backend.ts';
import type { EngineName, ListenAt } from '../engine/engine.ts';
import type { Protocol } from '../protocol.ts';
import type { ServerName } from '../server-name.ts';
import type { LineSettings } from '../session/line-parts.ts';
import type { Absence, RouteOptions } from '../session/route.ts';
import type { Termination } from '../termination.ts';
import type { BackendHealthBuffers } from './health/backend-health.ts';
import type { BackendStateBuffers } from './backend-state.ts';
import type { ClientLimits } from './clients/client-limits.ts';
import type { ClientTable } from './clients/client-table.ts';
import type { EjectionRules } from './health/health-word.ts';
import type { FeedMessage } from './feed/feed-lines.ts';
import type { Feed } from './feed/session-feed.ts';
import type { HostDeltas } from './hosts/host-tally.ts';

/** What a worker is started with. Everything the data plane may know of the configuration. */
export interface WorkerStart {
  /** Its place among the workers, from 0. */
  readonly worker: number;
  /** What the edge is called. */
  readonly edge: string;
  /** How many there are. */
  readonly workers: number;
  readonly engine: EngineName;
  /** Where its engine records open descriptors, for the control plane to close should it die. */
  readonly ledger: SharedArrayBuffer;
  /** Where it counts how long events wait for their turn: the cells of `TurnWaits`. */
  readonly waits: SharedArrayBuffer;
  readonly listeners: readonly ListenerStart[];
  /** How many pipes its engine may have open, where it moves bytes by pipes. */
  readonly pipes: number;
  /** Local addresses to dial backends from; none leaves the choice to the kernel. */
  readonly sourceAddresses: readonly string[];
  readonly line: LineSettings;
  readonly balance: BalanceMethod;
  readonly accessLog: AccessLogStart | null;
  readonly counters: { readonly layout: CounterLayout; readonly cells: SharedArrayBuffer };
  readonly backends: BackendStateBuffers;
  /** Live sessions of all workers. `null`: any number. */
  readonly maxConnections: number | null;
  readonly clientLimits: ClientLimits;
  /** `null`: clients have no limit of their own. */
  readonly clients: ClientTable | null;
  readonly health: BackendHealthBuffers;
  readonly ejection: EjectionRules;
  /** The largest share of a pool that is passed over because it is out of use. */
  readonly maxEjected: number;
}

export interface AccessLogStart extends Omit<AccessLogSettings, 'listeners'> {
  /** A live session has a line each time it has lasted so long once more; `null`: never. */
  readonly longMs: number | null;
}

export interface ListenerStart {
  /** As configured: the label in metrics and the access log. */
  readonly name: string;
  readonly protocol: Protocol | 'auto';
  /** A descriptor that all workers share, or an address that this one opens for itself. */
  readonly at: ListenAt;
}

/** The control plane's answer to a look-up. */
export type RouteAnswer =
  | {
      readonly kind: 'route';
      readonly pattern: string;
      readonly match: 'exact' | 'wildcard' | 'default';
      readonly backends: readonly Backend[];
      /** Where ALPN `acme-tls/1` goes; `null`: where everybody goes. */
      readonly acme: readonly Backend[] | null;
      readonly options: RouteOptions;
      /** Where the sessions of the route are counted: given when `maxConnections` is. */
      readonly slot: number | null;
      /** Where those are counted that wait: for a backend, or for room on one. */
      readonly queue: number | null;
      /** Why there is no backend, where there is none. */
      readonly absence?: Absence;
    }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unavailable' };

/** A name to look up. */
export interface Lookup {
  /** Its number, which the answer has too. */
  readonly lookup: number;
  readonly name: ServerName | null;
  readonly protocol: Protocol;
}

export interface Answered {
  readonly lookup: number;
  readonly answer: RouteAnswer;
}

/** Members that a route has no more: their sessions are to end. */
export interface Removal {
  readonly pattern: string;
  readonly protocol: Protocol;
  /** As `Backend.member`, else as `Backend.name`. */
  readonly members: readonly string[];
}

export type ToWorker =
  | { readonly type: 'answers'; readonly answers: readonly Answered[] }
  /** Forget what these patterns answered; `null` is all of them. Sent before any newer answer. */
  | { readonly type: 'invalidate'; readonly patterns: readonly string[] | null }
  /** Accept nothing more, say `stopped`, and `drained` when the last session has ended. */
  | { readonly type: 'drain' }
  | { readonly type: 'removed'; readonly removal: Removal }
  /** Who watches sessions now. */
  | { readonly type: 'feeds'; readonly feeds: readonly Feed[] }
  /** Tell of the oldest live sessions, of so many at most. */
  | { readonly type: 'tell-live'; readonly inquiry: number; readonly max: number }
  /** End every live session. */
  | { readonly type: 'end'; readonly termination: Termination };

export type FromWorker =
  | { readonly type: 'listening'; readonly addresses: readonly IpEndpoint[] }
  | { readonly type: 'listen-failed'; readonly listener: string; readonly code: string }
  /** A client waits for this name to have a backend. */
  | { readonly type: 'wake'; readonly name: string }
  | { readonly type: 'lookups'; readonly lookups: readonly Lookup[] }
  /** Access lines, each ending in a newline. */
  | { readonly type: 'access-lines'; readonly lines: string }
  /** It has started: who watches sessions? */
  | { readonly type: 'feeds-wanted' }
  /** From here on sessions are told to this feed. */
  | { readonly type: 'feed-begun'; readonly feed: number }
  | ({ readonly type: 'session-lines' } & FeedMessage)
  /** The lines of live sessions that were asked for. */
  | { readonly type: 'live'; readonly inquiry: number; readonly lines: string }
  /** What happened to some hosts since they were last told of. */
  | { readonly type: 'hosts'; readonly deltas: HostDeltas }
  /** Clients could not be accepted: the errno name. Said each time. */
  | { readonly type: 'accept-failed'; readonly listener: string; readonly code: string }
  /** Failing sessions have put this backend out of use. */
  | { readonly type: 'ejected'; readonly slot: number }
  /** A bug in a session: it ended as `internal-error`, the others go on. */
  | { readonly type: 'fault'; readonly session: string; readonly stack: string }
  /** It accepts no more: a shared descriptor may be closed. */
  | { readonly type: 'stopped' }
  | { readonly type: 'drained' };
