/** What is counted of an outage: long enough for attempts that time out to come back into it. */
const WINDOW_SECONDS = 10;
/** An edge with few sessions may try again all the same: all of its workers together. */
const FLOOR_PER_SECOND = 10;

/**
 * How many retries of one worker may come to nothing: a share of the sessions that went to dial in the last
 * ten seconds, and its part of 10 a second in any case. Those of a session that finds a backend are given
 * back, so that clients are spared dead backends however many of them choose one first; where none works,
 * the budget keeps the edge from multiplying the clients' own attempts.
 */
export class RetryBudget {
  readonly #share: number;
  readonly #floor: number;
  readonly #sessions = new Uint32Array(WINDOW_SECONDS);
  readonly #retries = new Uint32Array(WINDOW_SECONDS);
  #sessionsInWindow = 0;
  #retriesInWindow = 0;
  /** The second that is being counted. */
  #second = 0;

  /** `share` of the sessions, 0.2 for 20 %. */
  constructor(share: number, workers: number) {
    this.#share = share;
    this.#floor = (FLOOR_PER_SECOND * WINDOW_SECONDS) / workers;
  }

  /** A session goes to dial. Times in milliseconds, of a clock that only goes forward. */
  began(nowMs: number): void {
    this.#turn(nowMs);
    this.#sessions[this.#second % WINDOW_SECONDS]! += 1;
    this.#sessionsInWindow += 1;
  }

  /** Whether one more retry may be made; it is counted then. */
  spend(nowMs: number): boolean {
    this.#turn(nowMs);
    const allowed = Math.max(this.#floor, this.#share * this.#sessionsInWindow);
    if (this.#retriesInWindow >= allowed) return false;
    this.#retries[this.#second % WINDOW_SECONDS]! += 1;
    this.#retriesInWindow += 1;
    return true;
  }

  /** A retry that was spent then came to something after all. */
  giveBack(spentAtMs: number, nowMs: number): void {
    this.#turn(nowMs);
    const second = Math.floor(spentAtMs / 1000);
    if (this.#second - second >= WINDOW_SECONDS) return;
    this.#retries[second % WINDOW_SECONDS]! -= 1;
    this.#retriesInWindow -= 1;
  }

  #turn(nowMs: number): void {
    const second = Math.floor(nowMs / 1000);
    if (second === this.#second) return;
    const passed = Math.min(WINDOW_SECONDS, second - this.#second);
    for (let back = 0; back < passed; back++) this.#forget((second - back) % WINDOW_SECONDS);
    this.#second = second;
  }

  #forget(place: number): void {
    this.#sessionsInWindow -= this.#sessions[place]!;
    this.#retriesInWindow -= this.#retries[place]!;
    this.#sessions[place] = 0;
    this.#retries[place] = 0;
  }
}
