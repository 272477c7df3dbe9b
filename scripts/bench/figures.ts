import type { Figures } from './questions/question.ts';

/** The middle of what the rounds gave, and its bounds; `NaN` where there was no such figure. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spreadOf(rounds: readonly Figures[], key: string): Spread {
  const sorted = rounds.map((figures) => figures[key] ?? Number.NaN).sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return {
    median: (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2,
    min: sorted[0]!,
    max: sorted.at(-1)!,
  };
}
