import type { Backend } from './backend.ts';
import type { Choose } from './candidates.ts';

/**
 * Smooth weighted round robin, as in nginx: weights 5, 1, 1 give a a b a c a a. Holds the turn of one
 * route, which has `count` backends.
 *
 * A second choice for a session takes a turn like a first: so the sessions of a dead backend spread
 * over the others, and do not all go to the next in line.
 */
export function createRoundRobin(count: number): Choose {
  const credits = Array.from({ length: count }, () => 0);
  return (backends, offered) => takeTurn(backends, offered, credits);
}

function takeTurn(
  backends: readonly Backend[],
  offered: readonly number[],
  credits: number[],
): number {
  let total = 0;
  let best = -1;
  for (let i = 0; i < backends.length; i++) {
    if (offered.includes(i)) continue;
    const { weight } = backends[i]!;
    credits[i]! += weight;
    total += weight;
    if (best === -1 || credits[i]! > credits[best]!) best = i;
  }
  credits[best]! -= total;
  return best;
}
