import type { Backend } from './backend.ts';

export type BalanceMethod = 'least-connections' | 'round-robin' | 'random' | 'source';

/** The backends of one route, best first, each at most once. Made anew for every session. */
export interface Candidates {
  /** The next backend to try, or `null` when every one has been offered. */
  next(): Backend | null;
}

/** What the methods need of the world: live session counts, health, time and randomness. */
export interface BalanceContext {
  readonly activeSessions: (slot: number) => number;
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly health: HealthView;
  /** The largest share of a pool that is passed over because it is out of use. */
  readonly maxEjected: number;
  /** The clock of `health`. */
  readonly now: () => number;
}

/** What is known of the health of backends, by slot. */
export interface HealthView {
  /** The part of its weight that a backend has now; 0 while it is out of use. */
  share(slot: number, nowMs: number): number;
  /** When the time of one that is out is over. */
  ejectedUntil(slot: number): number;
  /** Whether this session is the one that may try it out. */
  tryOut(slot: number, nowMs: number): boolean;
}

/** Whom a backend is chosen for. Few methods ask: its address is made a text only then. */
export interface Sourced {
  /** `ip` is an IP literal. */
  readonly source: { readonly ip: string };
}

/**
 * One method's choice: the index of the best backend for a client among those with a weight above 0.
 * Asked only where there is one. `weights` are left as they were.
 */
export type Choose = (
  backends: readonly Backend[],
  weights: number[],
  context: BalanceContext,
  client: Sourced,
) => number;
