import type { Parse } from './parsed.ts';

const UNITS = { '': 1, k: 1024, m: 1024 * 1024 } as const;

/** What a number may be, both ends included. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** A number of bytes: `16384`, `16k` (1024) or `1m` (1024²). */
export function size(range: Range): Parse<number> {
  return (text) => {
    const match = /^(\d{1,12})([km]?)$/.exec(text);
    if (match === null) return { reason: 'is not a size such as 16384, 16k or 1m' };
    return within(range, Number(match[1]) * UNITS[match[2] as keyof typeof UNITS]);
  };
}

/** A whole number in plain decimal. */
export function count(range: Range): Parse<number> {
  return (text) => {
    if (!/^\d{1,12}$/.test(text)) return { reason: 'is not a whole number' };
    return within(range, Number(text));
  };
}

/** The same, or a word instead of a number. */
export function countOr<Word extends string>(word: Word, range: Range): Parse<number | Word> {
  return (text) => (text === word ? { value: word } : count(range)(text));
}

/** A number of worker threads, or `auto`. */
export const parseWorkers: Parse<number | 'auto'> = countOr('auto', { min: 1, max: 256 });

function within({ min, max }: Range, value: number) {
  return value < min || value > max ? { reason: `is not from ${min} to ${max}` } : { value };
}
