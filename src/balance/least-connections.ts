import type { Backend } from './backend.ts';
import type { BalanceContext } from './candidates.ts';
import { drawByWeight } from './random.ts';

/**
 * The better of two different random backends: the one that would have fewer sessions for its weight
 * with this one added; the first drawn where they are equal.
 *
 * Two choices, and not the least loaded of all: workers and edges that look at the same counts at the
 * same moment would all send their sessions to the same backend. Both are drawn by weight, else a
 * heavy backend among many light ones would seldom be looked at.
 */
export function chooseLeastConnections(
  backends: readonly Backend[],
  weights: number[],
  { activeSessions, random }: BalanceContext,
): number {
  const first = drawByWeight(weights, random());
  const weight = weights[first]!;
  weights[first] = 0;
  const isOnly = weights.every((other) => other === 0);
  const second = isOnly ? first : drawByWeight(weights, random());
  weights[first] = weight;
  const load = (index: number) => (activeSessions(backends[index]!.slot) + 1) / weights[index]!;
  return second !== first && load(second) < load(first) ? second : first;
}
