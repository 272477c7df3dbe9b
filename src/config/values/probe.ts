import type { Parse } from './parsed.ts';

/** Statuses of HTTP, both ends included. */
export interface StatusRange {
  readonly min: number;
  readonly max: number;
}

/** It goes into a request line as it is. */
const MAX_PATH = 1024;

/** The path and query of a request: printable ASCII without a space, from its slash on. */
export const parseProbePath: Parse<string> = (text) =>
  /^\/[!-~]*$/.test(text) && text.length <= MAX_PATH
    ? { value: text }
    : { reason: `is not a path such as /healthz, of at most ${MAX_PATH} characters` };

/** `200`, or `200-399`: from 200 up to 599. */
export const parseStatusRange: Parse<StatusRange> = (text) => {
  const [, first, last = first] = /^([2-5]\d\d)(?:-([2-5]\d\d))?$/.exec(text) ?? [];
  const range = { min: Number(first), max: Number(last) };
  return range.min <= range.max
    ? { value: range }
    : { reason: 'is not a status such as 200, or a range such as 200-399' };
};
