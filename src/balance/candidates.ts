import type { Backend } from './backend.ts';

export type BalanceMethod = 'least-connections' | 'round-robin' | 'random';

/** The backends of one route, best first, each at most once. Made anew for every session. */
export interface Candidates {
  /** The next backend to try, or `null` when every one has been offered. */
  next(): Backend | null;
}

/** What the methods need of the world: live session counts, and randomness from 0 up to 1. */
export interface BalanceContext {
  readonly activeSessions: (slot: number) => number;
  readonly random: () => number;
}

/**
 * One method's choice: the index of the best backend that is not among `offered`. Asked only where
 * there are two backends or more and one at least has not been offered.
 */
export type Choose = (
  backends: readonly Backend[],
  offered: readonly number[],
  context: BalanceContext,
) => number;
