import type { BalanceContext } from '../balance/candidates.ts';
import type { Cidr } from '../cidr.ts';
import type { DialResult } from '../dial/failure.ts';
import type { RetryBudget } from '../dial/retry-budget.ts';
import type { Engine } from '../engine/engine.ts';
import type { Hello } from '../inspect/hello.ts';
import type { Protocol } from '../protocol.ts';
import type { OnUnknown } from './refuse.ts';
import type { FindRoute } from './route.ts';
import type { Phase, Session } from './session.ts';
import type { Witness } from './witness.ts';
import type { Waiting } from './waiting/waiting.ts';

/** The part of the configuration that decides how sessions go. Times in milliseconds. */
export interface LineSettings {
  readonly helloTimeoutMs: number;
  readonly helloMaxBytes: number;
  readonly acceptProxy: readonly Cidr[];
  /** Clients that are served. Empty: all that are not denied. */
  readonly allow: readonly Cidr[];
  /** Clients that are not, whatever is allowed. */
  readonly deny: readonly Cidr[];
  /** Sessions of one route that may wait, of all workers, and for how long for room on a backend. */
  readonly queueMax: number;
  readonly queueTimeoutMs: number;
  readonly onUnknown: OnUnknown;
  readonly connectTimeoutMs: number;
  readonly connectRetries: number;
  /** The share of sessions that may be tried again; `null`: all. */
  readonly retryBudget: number | null;
  readonly idleTimeoutMs: number;
  readonly halfCloseTimeoutMs: number;
}

/** Told of what happens along the line, as it happens. */
export interface StageObserver {
  entered(session: Session, phase: Phase): void;
  hello(session: Session, hello: Hello): void;
  lookedUp(result: 'exact' | 'wildcard' | 'default' | 'none' | 'unavailable'): void;
  connected(result: DialResult, milliseconds: number): void;
  /** A session would have been tried on another backend, but for the retry budget. */
  retryDenied(): void;
}

/** Counts the live sessions of a slot, a backend's or a route's, in and out. */
export interface BackendCounts {
  take(slot: number): void;
  /** Take if that makes no more than `limit` sessions of all workers; whether it did. */
  takeBelow(slot: number, limit: number): boolean;
  release(slot: number): void;
  /** Tell one who waits for room on this slot. */
  wakeOne(slot: number): void;
}

/**
 * What a `limited` session is over: the detail of its ending. Sessions of the edge · of its client · new
 * ones of its client lately · of its route · of its backends, and it has waited · those that wait.
 */
export const LIMITS = ['total', 'ip', 'rate', 'route', 'backend', 'queue'] as const;
export type Limit = (typeof LIMITS)[number];

/** Where the sessions of the whole edge are counted. */
export interface TotalCount {
  readonly slot: number;
  readonly max: number;
}

/** The client counts on no entry. */
export const UNCOUNTED = -1;

/** The entry that a client was counted in at, `UNCOUNTED`, or the limit it is over. */
export type ClientVerdict = number | 'ip' | 'rate';

/** Counts clients by address, of 4 or 16 bytes, over all workers. */
export interface ClientCounts {
  take(address: Uint8Array): ClientVerdict;
  release(entry: number): void;
}

export interface LineParts {
  readonly engine: Engine;
  readonly settings: LineSettings;
  /** By listener index. */
  readonly protocols: readonly (Protocol | 'auto')[];
  readonly findRoute: FindRoute;
  readonly backends: BackendCounts;
  /** `null`: clients are not limited by address. */
  readonly clients: ClientCounts | null;
  /** `null`: there may be any number of sessions. */
  readonly total: TotalCount | null;
  /** Sessions that wait for room on a backend, or for a backend. */
  readonly waiting: Waiting;
  readonly balanceContext: BalanceContext;
  /** Told of how backends do. */
  readonly witness: Witness;
  /** What keeps an outage from being multiplied; `null`: nothing. */
  readonly retryBudget: RetryBudget | null;
  readonly observe: StageObserver;
  readonly account: (session: Session) => void;
  /** A bug: a stage threw something that is no `Ended`. */
  readonly report: (session: Session, error: unknown) => void;
}
