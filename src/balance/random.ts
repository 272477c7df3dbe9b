import type { Backend } from './backend.ts';
import type { BalanceContext } from './candidates.ts';

/** A random backend, each as likely as its share of the weights. */
export function chooseRandom(
  _: readonly Backend[],
  weights: readonly number[],
  { random }: BalanceContext,
): number {
  return drawByWeight(weights, random());
}

/**
 * The index that `fraction`, from 0 up to 1, falls on when they lie side by side, each as wide as its
 * weight. One of weight 0 is never drawn, unless all are.
 */
export function drawByWeight(weights: readonly number[], fraction: number): number {
  let total = 0;
  for (const weight of weights) total += weight;
  let point = fraction * total;
  let last = 0;
  for (let i = 0; i < weights.length; i++) {
    if (weights[i] === 0) continue;
    point -= weights[i]!;
    if (point < 0) return i;
    last = i;
  }
  return last;
}
