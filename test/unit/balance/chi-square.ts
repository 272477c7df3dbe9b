import assert from 'node:assert/strict';

/** Counts are as these weights, by Pearson's chi-square test at a probability of about one in a million. */
export function assertFits(counts: readonly number[], weights: readonly number[]): void {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const weight = weights.reduce((sum, each) => sum + each, 0);
  const square = counts.reduce((sum, count, i) => {
    const expected = (total * weights[i]!) / weight;
    return sum + (count - expected) ** 2 / expected;
  }, 0);
  // Wilson and Hilferty's approximation, 4.75 standard deviations out.
  const freedom = counts.length - 1;
  const bound = freedom * (1 - 2 / (9 * freedom) + 4.75 * Math.sqrt(2 / (9 * freedom))) ** 3;
  assert.ok(square < bound, `${square} of ${bound}: ${counts.join(' ')}`);
}
