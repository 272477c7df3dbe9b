import type { BalanceContext } from '../balance/candidates.ts';
import type { Cidr } from '../cidr.ts';
import type { DialResult } from '../dial/failure.ts';
import type { Engine } from '../engine/engine.ts';
import type { Hello } from '../inspect/hello.ts';
import type { Protocol } from '../protocol.ts';
import type { OnUnknown } from './refuse.ts';
import type { FindRoute } from './route.ts';
import type { Phase, Session } from './session.ts';

/** The part of the configuration that decides how sessions go. Times in milliseconds. */
export interface LineSettings {
  readonly helloTimeoutMs: number;
  readonly helloMaxBytes: number;
  readonly acceptProxy: readonly Cidr[];
  readonly onUnknown: OnUnknown;
  readonly connectTimeoutMs: number;
  readonly connectRetries: number;
  readonly idleTimeoutMs: number;
  readonly halfCloseTimeoutMs: number;
}

/** Told of what happens along the line, as it happens. */
export interface StageObserver {
  entered(session: Session, phase: Phase): void;
  hello(session: Session, hello: Hello): void;
  lookedUp(result: 'exact' | 'wildcard' | 'default' | 'none' | 'unavailable'): void;
  connected(result: DialResult, milliseconds: number): void;
}

/** Counts the live sessions of a slot, a backend's or a route's, in and out. */
export interface BackendCounts {
  take(slot: number): void;
  /** Take if that makes no more than `limit` sessions of all workers; whether it did. */
  takeBelow(slot: number, limit: number): boolean;
  release(slot: number): void;
}

export interface LineParts {
  readonly engine: Engine;
  readonly settings: LineSettings;
  /** By listener index. */
  readonly protocols: readonly (Protocol | 'auto')[];
  readonly findRoute: FindRoute;
  readonly backends: BackendCounts;
  readonly balanceContext: BalanceContext;
  readonly observe: StageObserver;
  readonly account: (session: Session) => void;
  /** A bug: a stage threw something that is no `Ended`. */
  readonly report: (session: Session, error: unknown) => void;
}
