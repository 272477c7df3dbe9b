import type { Backend } from './backend.ts';
import type { Choose } from './candidates.ts';

/**
 * Smooth weighted round robin, as in nginx: weights 5, 1, 1 give a a b a c a a. Holds the turn of one
 * route.
 *
 * A second choice for a session takes a turn like a first: so the sessions of a dead backend spread
 * over the others, and do not all go to the next in line.
 */
export function createRoundRobin({ length }: readonly Backend[]): Choose {
  const credits = Array.from({ length }, () => 0);
  return (_, weights) => takeTurn(weights, credits);
}

function takeTurn(weights: readonly number[], credits: number[]): number {
  let total = 0;
  let best = -1;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]!;
    if (weight === 0) continue;
    credits[i]! += weight;
    total += weight;
    if (best === -1 || credits[i]! > credits[best]!) best = i;
  }
  credits[best]! -= total;
  return best;
}
