/**
 * The value that a share of what a histogram counted lies below, as Prometheus' `histogram_quantile` estimates it:
 * even within a bucket, and the last bound for whatever lies beyond. `null` where nothing was counted.
 */
export function quantile(
  share: number,
  bounds: readonly number[],
  counts: readonly number[],
): number | null {
  const rank = share * counts.reduce((sum, count) => sum + count, 0);
  if (rank === 0) return null;
  let below = 0;
  for (const [bucket, bound] of bounds.entries()) {
    const count = counts[bucket]!;
    if (below + count >= rank) {
      const from = bounds[bucket - 1] ?? 0;
      return from + ((bound - from) * (rank - below)) / count;
    }
    below += count;
  }
  return bounds.at(-1)!;
}
