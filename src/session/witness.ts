import type { DialResult } from '../dial/failure.ts';
import type { FirstReply } from '../engine/engine.ts';
import type { Session } from './session.ts';

/** As long as a backend has for turning a hello down in the dial stage. */
const HANG_UP_US = 1_000_000;

/** Why a session says that a backend has failed. */
export type Failing = Exclude<DialResult, 'ok' | 'resources' | 'source-ports'> | 'closed';

/** Where it is kept how backends do, by slot. */
export interface BackendVerdicts {
  failed(slot: number, cause: Failing): void;
  /** A connection stands, which is no answer yet. */
  connected(slot: number): void;
  answered(slot: number): void;
}

/**
 * Tells from what sessions meet how their backends do.
 *
 * A backend that turned a TLS hello down has failed once another one has answered the same hello. Where
 * the other one turned it down too, it was the hello: else a client with a hello that nobody likes could
 * put every backend out of use. Where nobody else is asked, of plain HTTP and of early data, a backend
 * that closes at once has failed.
 */
export class Witness {
  readonly #verdicts: BackendVerdicts;
  /** Slots of backends that turned a session down which is live and not answered yet. */
  readonly #suspects = new Map<Session, number>();

  constructor(verdicts: BackendVerdicts) {
    this.#verdicts = verdicts;
  }

  /** An attempt at the session's backend is over. `timedOut`: it had all the time there is for one. */
  attempted(session: Session, result: DialResult, timedOut: boolean): void {
    const { slot } = session.backend!;
    if (result === 'ok') return this.#verdicts.connected(slot);
    // Ours, not the backend's.
    if (result === 'resources' || result === 'source-ports') return;
    if (result === 'timeout' && !timedOut) return;
    if (result === 'reset' && session.hello?.protocol === 'tls')
      return this.#suspect(session, slot);
    this.#verdicts.failed(slot, result);
  }

  /** What came back first from the session's backend, while that was waited for. */
  replied(session: Session, reply: FirstReply): void {
    if (reply === 'answered') this.#answered(session);
  }

  /** Look at live sessions: before what they have received is counted. */
  progress(sessions: Iterable<Session>): void {
    for (const session of sessions) if (isNewlyAnswered(session)) this.#answered(session);
  }

  /** The session is over: before what it has received is counted. */
  ended(session: Session): void {
    if (isNewlyAnswered(session)) return this.#answered(session);
    const suspect = this.#suspects.get(session);
    this.#suspects.delete(session);
    // Nobody else was asked.
    if (suspect !== undefined && session.attempts === 1) this.#verdicts.failed(suspect, 'closed');
    if (suspect === undefined && isTurnedDown(session))
      this.#verdicts.failed(session.backend!.slot, 'closed');
  }

  #suspect(session: Session, slot: number): void {
    // A dial that nobody waits for any more: no `ended` would take it off again.
    if (session.isOver) return;
    if (!this.#suspects.delete(session)) this.#suspects.set(session, slot);
  }

  #answered(session: Session): void {
    session.answered = true;
    this.#verdicts.answered(session.backend!.slot);
    const suspect = this.#suspects.get(session);
    if (suspect === undefined) return;
    this.#suspects.delete(session);
    if (suspect !== session.backend!.slot) this.#verdicts.failed(suspect, 'closed');
  }
}

function isNewlyAnswered(session: Session): boolean {
  return !session.answered && session.bytesFromBackend > 0;
}

function isTurnedDown(session: Session): boolean {
  const { socket, bytesFromBackend, termination } = session;
  if (socket === null || bytesFromBackend > 0) return false;
  return termination === 'backend-aborted' || (socket.hungUp && isSoon(session));
}

// A client that does not say all it wants to is hung up on, too, but not at once.
function isSoon({ connectAfter, endedAfter }: Session): boolean {
  return endedAfter - connectAfter < HANG_UP_US;
}
