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
  offered: readonly number[],
  { activeSessions, random }: BalanceContext,
): number {
  const first = drawByWeight(backends, offered, random());
  if (offered.length + 1 === backends.length) return first;
  const second = drawByWeight(backends, [...offered, first], random());
  const load = ({ slot, weight }: Backend) => (activeSessions(slot) + 1) / weight;
  return load(backends[second]!) < load(backends[first]!) ? second : first;
}
