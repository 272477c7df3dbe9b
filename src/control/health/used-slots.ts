/** A backend that no session was sent to for longer is in use no more. */
const IN_USE_S = 600;
/** What was tried of late, when an edge asks itself whether it is cut off. */
const LATELY_S = 60;
/** How often the workers' marks are collected: what is said here is late by as much. */
const COLLECT_MS = 1000;

/** When each backend was last sent a session, by slot, from the marks that workers leave. */
export class UsedSlots {
  readonly #marks: Uint8Array;
  /** In seconds of the clock given, from 1 up; 0 is never. Grows with the slots there are. */
  #usedAt = new Uint32Array(1024);
  #collectedAt = -Infinity;

  /** `marks`: a byte a slot, which anyone may set. */
  constructor(marks: SharedArrayBuffer) {
    this.#marks = new Uint8Array(marks);
  }

  /** Take the marks of the slots below `end`, unless that was done a moment ago. */
  collect(end: number, nowMs: number): void {
    if (nowMs - this.#collectedAt < COLLECT_MS) return;
    this.#collectedAt = nowMs;
    this.#growTo(end);
    const now = seconds(nowMs);
    for (let slot = 0; slot < end; slot++) {
      if (this.#marks[slot] === 0) continue;
      this.#marks[slot] = 0;
      this.#usedAt[slot] = now;
    }
  }

  /** The slot is another backend's now. */
  forget(slot: number): void {
    this.#marks[slot] = 0;
    if (slot < this.#usedAt.length) this.#usedAt[slot] = 0;
  }

  /** It is worth a probe. */
  isInUse(slot: number, nowMs: number): boolean {
    return this.#isSince(slot, seconds(nowMs) - IN_USE_S);
  }

  /** Clients were sent to it within the last minute. */
  wasUsedLately(slot: number, nowMs: number): boolean {
    return this.#isSince(slot, seconds(nowMs) - LATELY_S);
  }

  #isSince(slot: number, since: number): boolean {
    const at = this.#usedAt[slot] ?? 0;
    return at !== 0 && at >= since;
  }

  #growTo(end: number): void {
    if (end <= this.#usedAt.length) return;
    const grown = new Uint32Array(Math.max(end, this.#usedAt.length * 2));
    grown.set(this.#usedAt);
    this.#usedAt = grown;
  }
}

function seconds(nowMs: number): number {
  return Math.floor(nowMs / 1000) + 1;
}
