import { Ended } from '../../termination.ts';
import { isTurnedAway } from '../refuse.ts';
import type { Session } from '../session.ts';

/** The first bytes of a client that has just connected are seldom later. */
const LOOK_MS = 10;
/** Clients of one worker that are looked at at once: each holds a descriptor that is in no session's count. */
const MAX_LOOKS = 64;

/**
 * A last look at clients that are turned away before a word of theirs was read, on a port that speaks
 * several protocols: what has come says in which one they are answered. Where too many are, they are not
 * looked at, and their connection is closed without an answer.
 */
export class Unheard {
  #looks = 0;

  /** Throws `reason`, after the look if the session is one of those. */
  async turnAway({ client }: Session, reason: unknown): Promise<never> {
    const isUnheard = reason instanceof Ended && isTurnedAway(reason.termination);
    if (isUnheard && client.head.length === 0 && this.#looks < MAX_LOOKS) {
      this.#looks++;
      await client.peek(0, LOOK_MS);
      this.#looks--;
    }
    throw reason;
  }
}
