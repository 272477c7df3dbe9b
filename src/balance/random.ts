import type { Backend } from './backend.ts';
import type { BalanceContext } from './candidates.ts';

/** A random backend, each as likely as its share of the weights of those not offered yet. */
export function chooseRandom(
  backends: readonly Backend[],
  offered: readonly number[],
  { random }: BalanceContext,
): number {
  return drawByWeight(backends, offered, random());
}

/**
 * The index that `fraction`, from 0 up to 1, falls on when the backends not in `excluded` lie side
 * by side, each as wide as its weight.
 */
export function drawByWeight(
  backends: readonly Backend[],
  excluded: readonly number[],
  fraction: number,
): number {
  let point = fraction * weightLeft(backends, excluded);
  let last = 0;
  for (let i = 0; i < backends.length; i++) {
    if (excluded.includes(i)) continue;
    point -= backends[i]!.weight;
    if (point < 0) return i;
    last = i;
  }
  return last;
}

function weightLeft(backends: readonly Backend[], excluded: readonly number[]): number {
  let left = 0;
  for (const { weight } of backends) left += weight;
  for (const index of excluded) left -= backends[index]!.weight;
  return left;
}
