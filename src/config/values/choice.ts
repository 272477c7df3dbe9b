import type { Parse } from './parsed.ts';

/** Exactly one of the words. */
export function choice<const W extends string>(...words: readonly W[]): Parse<W> {
  return (text) => {
    const value = words.find((word) => word === text);
    return value === undefined ? { reason: `is not ${oneOf(words)}` } : { value };
  };
}

function oneOf(words: readonly string[]): string {
  const last = words.at(-1)!;
  return words.length === 1 ? last : `${words.slice(0, -1).join(', ')} or ${last}`;
}
