import type { Parse } from './parsed.ts';

const UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
/** What `setTimeout` can hold, 2^31 - 1 ms: beyond it a timer fires at once. A little under 25 days. */
export const MAX_DURATION_MS = 2_147_483_647;

/** Durations such as `500ms 5s 2.5s 10m 1h`, from `minMs` up, as whole milliseconds. */
export function duration(minMs: number): Parse<number> {
  return (text) => {
    const value = parseDuration(text);
    if (value === null) return { reason: 'is not a duration such as 500ms, 5s, 10m or 1h' };
    if (value < minMs) return { reason: `is shorter than ${minMs}ms` };
    if (value > MAX_DURATION_MS) return { reason: 'is longer than 596h' };
    return { value };
  };
}

/** The same, or a word instead of a duration. */
export function durationOr<Word extends string>(word: Word, minMs: number): Parse<number | Word> {
  return (text) => (text === word ? { value: word } : duration(minMs)(text));
}

function parseDuration(text: string): number | null {
  const match = /^(\d{1,12}(?:\.\d{1,3})?)(ms|s|m|h)$/.exec(text);
  if (match === null) return null;
  return Math.round(Number(match[1]) * UNITS_MS[match[2] as keyof typeof UNITS_MS]);
}
