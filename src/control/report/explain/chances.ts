import type { BalanceMethod } from '../../../balance/candidates.ts';
import { bestForSource } from '../../../balance/source.ts';

/** A backend as the balance method sees it. */
export interface Contender {
  readonly address: string;
  readonly weight: number;
  /** `null` where nobody counts them. */
  readonly sessions: number | null;
}

/** Pairs are looked at one by one: more would take too long. */
const MAX_PAIRED = 300;

/**
 * How likely each is to be chosen first for a new session, from this address if any, of 1; `null` where it depends on what is
 * not known: the sessions, or whose turn it is in which worker.
 */
export function chancesOf(
  method: BalanceMethod,
  contenders: readonly Contender[],
  from: string | null = null,
): readonly (number | null)[] {
  if (contenders.length === 1) return [1];
  if (method === 'source' && from !== null)
    return ofOne(bestForSource(contenders, from), contenders);
  if (method === 'least-connections') return ofTwoDrawn(contenders);
  // In turn, or by address, is as often as at random, over time and over all clients.
  const total = weightOf(contenders);
  return contenders.map(({ weight }) => weight / total);
}

function ofOne(best: number, contenders: readonly Contender[]): readonly number[] {
  return contenders.map((_, i) => (i === best ? 1 : 0));
}

/** The better of two that are drawn by weight, as `chooseLeastConnections` has it. */
function ofTwoDrawn(contenders: readonly Contender[]): readonly (number | null)[] {
  const known = contenders.every(({ sessions }) => sessions !== null);
  if (!known || contenders.length > MAX_PAIRED) return contenders.map(() => null);
  const total = weightOf(contenders);
  const chances = contenders.map(() => 0);
  for (const [i, first] of contenders.entries()) {
    for (const [j, second] of contenders.entries()) {
      if (i === j) continue;
      const drawn = (first.weight / total) * (second.weight / (total - first.weight));
      chances[load(second) < load(first) ? j : i]! += drawn;
    }
  }
  return chances;
}

function load({ sessions, weight }: Contender): number {
  return (sessions! + 1) / weight;
}

function weightOf(contenders: readonly Contender[]): number {
  return contenders.reduce((sum, { weight }) => sum + weight, 0);
}
