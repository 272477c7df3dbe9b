import type { Parse } from './parsed.ts';

/** A share such as `50%`, as a number from 0 to 1; `off` is itself. */
export const parseShare: Parse<number | 'off'> = (text) => {
  if (text === 'off') return { value: text };
  const match = /^(\d{1,3}(?:\.\d{1,2})?)%$/.exec(text);
  const percent = match === null ? NaN : Number(match[1]);
  return percent <= 100
    ? { value: percent / 100 }
    : { reason: 'is not off or a share such as 50%' };
};
