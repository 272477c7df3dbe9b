import { MAX_BACKEND_SLOTS, OVERFLOW_SLOT } from '../backend-state.ts';
import {
  admitted,
  afterConnect,
  afterFailure,
  afterSuccess,
  decode,
  EJECTION_CAUSES,
  encode,
  isForgiven,
  isTimeOver,
  onTrial,
  UNKNOWN,
  type EjectionCause,
  type EjectionRules,
  type Health,
} from './health-word.ts';

export interface BackendHealthBuffers {
  /** 8 MB of address space, committed as slots are touched. */
  readonly words: SharedArrayBuffer;
  /** How many are out, and how many went out, by cause. */
  readonly totals: SharedArrayBuffer;
}

/** Of these, only `recovering` may be tried, by a probe or by one session. */
export type HealthState = 'healthy' | 'ejected' | 'recovering';

const SMALLEST_SHARE = 0.1;

export function createBackendHealthBuffers(): BackendHealthBuffers {
  const words = MAX_BACKEND_SLOTS * BigUint64Array.BYTES_PER_ELEMENT;
  const totals = (1 + EJECTION_CAUSES.length) * Int32Array.BYTES_PER_ELEMENT;
  return { words: new SharedArrayBuffer(words), totals: new SharedArrayBuffer(totals) };
}

/**
 * What is known of the health of every backend, by slot: one thread's view of what all workers and the
 * control plane share. Times are `machineNow()` milliseconds: the wall clock may be set back.
 *
 * A backend is one 64-bit word and every change of it one compare-and-exchange, so of two threads that
 * see the last failure at the same moment exactly one ejects. Backends beyond the table share a slot,
 * and none of them is ever ejected.
 */
export class BackendHealth {
  readonly #words: BigUint64Array;
  /** The same memory: two zeroes are a backend of which nothing is known, told without a bigint. */
  readonly #halves: Int32Array;
  readonly #totals: Int32Array;
  readonly #rules: EjectionRules;

  constructor(buffers: BackendHealthBuffers, rules: EjectionRules) {
    this.#words = new BigUint64Array(buffers.words);
    this.#halves = new Int32Array(buffers.words);
    this.#totals = new Int32Array(buffers.totals);
    this.#rules = rules;
  }

  /**
   * It could not be connected to, closed before its first byte, or failed the probe that was to prove
   * its recovery. Ejects where it was one too many, or recovery was at stake, each time for longer.
   * Whether it was in use and is not now.
   */
  failed(slot: number, nowMs: number, cause: EjectionCause): boolean {
    return this.#change(slot, cause, (health) => afterFailure(health, nowMs, cause, this.#rules));
  }

  /**
   * One failure more would eject it, for a row of failures with a backend that closed in it: an answer
   * that nobody has noted yet would have ended that row.
   */
  isAtStake(slot: number, cause: EjectionCause): boolean {
    if (this.#isUnknown(slot)) return false;
    const { out, failures, closed } = this.#read(slot);
    if (out || failures === 0 || failures + 1 < this.#rules.ejectAfter) return false;
    return closed || cause === 'closed';
  }

  /** A connection to it stands: ends a row of failed connects, but none with a backend that closed. */
  connected(slot: number): void {
    if (!this.#isUnknown(slot)) this.#change(slot, null, afterConnect);
  }

  /** It has answered: its failures are forgotten, and if its time was over it is back. */
  succeeded(slot: number, nowMs: number): void {
    if (!this.#isUnknown(slot)) this.#change(slot, null, (health) => afterSuccess(health, nowMs));
  }

  /** `recovering`: its time is over, and nobody has proved that it is back. */
  state(slot: number, nowMs: number): HealthState {
    if (this.#isUnknown(slot)) return 'healthy';
    const health = this.#read(slot);
    if (!health.out) return 'healthy';
    return isTimeOver(health, nowMs) ? 'recovering' : 'ejected';
  }

  /** When its time is over, or was; 0 for one that is in use. */
  ejectedUntil(slot: number): number {
    const { out, at } = this.#read(slot);
    return out ? at : 0;
  }

  /**
   * Put it out of use until then, or change until when it is. For probes and what other edges say.
   * Whether it was in use.
   */
  eject(slot: number, untilMs: number, cause: EjectionCause): boolean {
    return this.#change(slot, cause, ({ probed, repetition }) => {
      return { ...UNKNOWN, out: true, probed, repetition, at: untilMs };
    });
  }

  /** Its recovery is proved: back into use, slowly. Nothing where it is in use. */
  admit(slot: number, nowMs: number): void {
    this.#change(slot, null, (health) => admitted(health, nowMs));
  }

  /** The control plane will prove its recovery: until it is admitted, no session tries it out. */
  expectProbe(slot: number): void {
    this.#change(slot, null, (health) => (health.out ? { ...health, probed: true } : null));
  }

  /**
   * Where nobody probes, its time being over: whether this session is the one that tries it out. For
   * ten seconds there is no other; a session that does not say how it went costs no more than that.
   */
  tryOut(slot: number, nowMs: number): boolean {
    let isOurs = false;
    this.#change(slot, null, (health) => {
      const next = onTrial(health, nowMs);
      isOurs = next !== null;
      return next;
    });
    return isOurs;
  }

  /** What part of its weight it has: 1, less for a while after an ejection, 0 while it is out. */
  share(slot: number, nowMs: number): number {
    if (this.#isUnknown(slot)) return 1;
    const health = this.#read(slot);
    if (health.out) return 0;
    if (health.at === 0) return 1;
    const share = (nowMs - health.at) / this.#rules.slowStartMs;
    if (share < 1) return Math.max(SMALLEST_SHARE, share);
    if (isForgiven(health, nowMs))
      this.#change(slot, null, (now) => (isForgiven(now, nowMs) ? UNKNOWN : null));
    return 1;
  }

  /** Nothing is known of it any more: the slot is for another backend. */
  forget(slot: number): void {
    if (!this.#isUnknown(slot)) this.#change(slot, null, () => UNKNOWN);
  }

  /** How many are out of use. */
  get ejected(): number {
    return Atomics.load(this.#totals, 0);
  }

  /** How many went out of use since the start, by cause. */
  get ejections(): Readonly<Record<EjectionCause, number>> {
    const counts = EJECTION_CAUSES.map((cause, i) => [cause, Atomics.load(this.#totals, 1 + i)]);
    return Object.fromEntries(counts) as Record<EjectionCause, number>;
  }

  /** Change the word to what `next` makes of it, if anything; whether that put it out of use. */
  #change(
    slot: number,
    cause: EjectionCause | null,
    next: (health: Health) => Health | null,
  ): boolean {
    if (slot === OVERFLOW_SLOT) return false;
    let word = Atomics.load(this.#words, slot);
    for (;;) {
      const before = decode(word);
      const after = next(before);
      if (after === null) return false;
      const found = Atomics.compareExchange(this.#words, slot, word, encode(after));
      if (found === word) return this.#count(before, after, cause);
      word = found;
    }
  }

  #count(before: Health, after: Health, cause: EjectionCause | null): boolean {
    if (before.out === after.out) return false;
    Atomics.add(this.#totals, 0, after.out ? 1 : -1);
    if (after.out) Atomics.add(this.#totals, 1 + EJECTION_CAUSES.indexOf(cause!), 1);
    return after.out;
  }

  #read(slot: number): Health {
    return decode(Atomics.load(this.#words, slot));
  }

  #isUnknown(slot: number): boolean {
    return (
      Atomics.load(this.#halves, 2 * slot) === 0 && Atomics.load(this.#halves, 2 * slot + 1) === 0
    );
  }
}
