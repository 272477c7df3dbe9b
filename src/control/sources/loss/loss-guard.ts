/** When losing routes is held. */
export interface LossLimits {
  /** More than this share of the routes at once, from 0 to 1; `null`: nothing is ever held. */
  readonly share: number | null;
  /** A loss that is there for so long is no accident. */
  readonly forMs: number;
}

/** What a whole table that was read would do to the one before. */
export interface Loss {
  /** Routes that would be gone. */
  readonly lost: number;
  /** Routes there were. */
  readonly of: number;
  /** An operator has said that it is meant. */
  readonly accepted: boolean;
}

/**
 * Fewer lost routes than this are never held: of one, two or three routes any deletion is a large
 * share, and whoever has so few is setting up or tidying away, and would only be puzzled.
 */
export const LOSS_FLOOR = 3;

/**
 * Decides whether a table that lost many routes at once is believed: a Redis that was restarted empty,
 * flushed by mistake or is still being filled says the same as an operator who deleted them all.
 *
 *     calm ──too much would be lost──▶ held ──accepted, persisted, or no longer so──▶ calm
 */
export class LossGuard {
  readonly #limits: LossLimits;
  #held = 0;
  #since: number | null = null;
  #awaySince: number | null = null;

  constructor(limits: LossLimits) {
    this.#limits = limits;
  }

  /** Routes that would go and are held; 0 when none are. */
  get held(): number {
    return this.#held;
  }

  /** When the loss held is believed, on the clock of `holds`; `null` while nothing is held. */
  get until(): number | null {
    return this.#since === null ? null : this.#since + this.#limits.forMs;
  }

  /** Whether the table before stays. `now` in milliseconds, of a clock that only runs forward. */
  holds({ lost, of, accepted }: Loss, now: number): boolean {
    const { share, forMs } = this.#limits;
    const isLarge = share !== null && lost >= LOSS_FLOOR && lost > share * of;
    const since = this.#countedFrom(now);
    const isHeld = isLarge && !accepted && now - since < forMs;
    this.#held = isHeld ? lost : 0;
    this.#since = isHeld ? since : null;
    this.#awaySince = null;
    return isHeld;
  }

  /** The source went away: what it says when it is back has not persisted for the time between. */
  interrupt(now: number): void {
    if (this.#since !== null) this.#awaySince ??= now;
  }

  #countedFrom(now: number): number {
    if (this.#since === null) return now;
    return this.#since + (this.#awaySince === null ? 0 : now - this.#awaySince);
  }
}
