import type { Hello, Verdict } from './hello.ts';

/** What a reader makes of the bytes so far: a verdict, or that the head cannot fit the limit. */
export type Reading<H extends Hello = Hello> = Verdict<H> | { readonly kind: 'too-large' };

/**
 * Reads one head as it arrives.
 *
 * The verdict is that of the shortest prefix that has one, so it does not depend on how the bytes came.
 * Bytes past the limit do not count, and what was read is not read again.
 */
export interface HeadReader<H extends Hello = Hello> {
  /**
   * `head` is everything received so far: it may be another buffer at each call, but never with other
   * bytes. Call no more once the answer is not `incomplete`.
   */
  read(head: Buffer): Reading<H>;
  /** How many bytes the head has, once there is a hello. What follows is not part of it. */
  readonly headLength: number;
}

/** The verdicts without content, made once: a head that drips in costs no garbage. */
export const INCOMPLETE = { kind: 'incomplete' } as const satisfies Verdict;
export const FOREIGN = { kind: 'foreign' } as const satisfies Verdict;
export const TOO_LARGE = { kind: 'too-large' } as const satisfies Reading;

/** `detail` is a few words of our own for the log, never client text. */
export function malformed(detail: string): Verdict<never> {
  return { kind: 'malformed', detail };
}
