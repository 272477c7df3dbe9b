import { duration } from './duration.ts';
import type { Parse } from './parsed.ts';

const DEFAULT_GRACE = '30s';
const REASON = 'is not keep, close or a close with a time such as close=30s';

/**
 * What becomes of the sessions of a backend that is taken away: `keep`, or after how many milliseconds
 * they are ended, from `close` or `close=30s`.
 */
export const parseOnRemoved: Parse<'keep' | number> = (text) => {
  if (text === 'keep') return { value: text };
  const match = /^close(?:=(.*))?$/s.exec(text);
  const parsed = match === null ? null : duration(0)(match[1] ?? DEFAULT_GRACE);
  return parsed !== null && 'value' in parsed ? parsed : { reason: REASON };
};
