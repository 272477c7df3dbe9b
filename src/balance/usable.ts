import type { Backend } from './backend.ts';
import type { BalanceContext } from './candidates.ts';

/** Who of a pool may be chosen for a session. */
export interface Usable {
  /** By index: 0 for those that may not. */
  readonly weights: number[];
  /** How many may. */
  readonly count: number;
  /** One that is out of use, and that this session is to try out first. */
  readonly trial: number | null;
  /** Those that are out of use, the one whose time ends first in front: better than nobody, but not than waiting for one that is full. */
  readonly ejected: number[];
}

const NOBODY: number[] = [];

/**
 * Weigh a pool of two backends or more. Those at their `max` are left out; those out of use are
 * passed over, unless they are too many for that: then the ones whose time ends first are in use.
 */
export function weigh(backends: readonly Backend[], context: BalanceContext): Usable {
  const { health } = context;
  const nowMs = context.now();
  const weights: number[] = [];
  let ejected = NOBODY;
  let count = 0;
  let full = 0;
  for (let i = 0; i < backends.length; i++) {
    const backend = backends[i]!;
    const share = isFull(backend, context) ? null : health.share(backend.slot, nowMs);
    weights.push(backend.weight * (share ?? 0));
    if (share === null) full++;
    else if (share === 0) ejected = [...ejected, i];
    else count++;
  }
  if (ejected === NOBODY) return { weights, count, trial: null, ejected };
  return passOver(backends, context, { nowMs, weights, count, full, ejected });
}

/** It has the sessions it may have. */
export function isFull({ max, slot }: Backend, { activeSessions }: BalanceContext): boolean {
  return max !== null && activeSessions(slot) >= max;
}

interface Weighed {
  readonly nowMs: number;
  readonly weights: number[];
  readonly count: number;
  readonly full: number;
  readonly ejected: readonly number[];
}

function passOver(
  backends: readonly Backend[],
  { health, maxEjected }: BalanceContext,
  { nowMs, weights, count, full, ejected }: Weighed,
): Usable {
  const until = (index: number) => health.ejectedUntil(backends[index]!.slot);
  const sorted = [...ejected].sort((a, b) => until(a) - until(b));
  const most = Math.min(Math.floor(backends.length * maxEjected), backends.length - 1);
  const kept = sorted.splice(0, Math.max(0, sorted.length - most));
  for (const index of kept) weights[index] = backends[index]!.weight;
  const trial = sorted.find((index) => health.tryOut(backends[index]!.slot, nowMs)) ?? null;
  const rest = full > 0 ? [] : sorted.filter((index) => index !== trial);
  return { weights, count: count + kept.length, trial, ejected: rest };
}
