import { DELTA_FIELDS } from '../../worker/hosts/host-tally.ts';
import { Busiest } from './busiest.ts';

/** Names of which it is known what they do: 6 MB, committed as names come. */
export const MAX_WATCHED_HOSTS = 65_536;

/** Where the names are counted together that are not watched. */
export const UNWATCHED = 0;

/** What `lately` means: what was longer ago counts for less than a third. */
const LATELY_MS = 60_000;
/** Several times as long as between two reports of a worker: else a steady stream comes and goes. */
const RATE_MS = 5000;
/** Looked at to make room for one, so that room costs the same however many names there are. */
const CANDIDATES = 8;

/** Some from everywhere come first: else each is busier than those before where names came the idlest first. */
const PASSES = 16;

// The fields of a slot: totals since it is watched, in the order of a delta, then what fades.
const ACTIVE = 0;
const SESSIONS = 1;
const AT = DELTA_FIELDS;
const ENDED_LATELY = AT + 1;
const RATES = ENDED_LATELY + 1;
const FIELDS = RATES + DELTA_FIELDS - 1;

/** What a name has done, by slot. Bounded: beyond, the busier ones are watched. */
export class WatchedHosts {
  readonly #max: number;
  readonly #slots = new Map<string, number>();
  readonly #names: string[] = [''];
  readonly #cells: Float64Array;
  /** Live sessions that each worker has told of, by slot. */
  readonly #shares: readonly Int32Array[];
  readonly #isKept: (slot: number) => boolean;
  #hand = 0;
  #active = 0;

  /** `isKept`: a name that must not make room for another. */
  constructor(workers: number, isKept: (slot: number) => boolean, max: number = MAX_WATCHED_HOSTS) {
    this.#max = max;
    this.#isKept = isKept;
    this.#cells = new Float64Array((max + 1) * FIELDS);
    this.#shares = Array.from({ length: workers }, () => new Int32Array(max + 1));
  }

  /** Slots in use are from 1 to here. */
  get size(): number {
    return this.#names.length - 1;
  }

  /** Live sessions of all names. */
  get active(): number {
    return this.#active;
  }

  nameOf(slot: number): string {
    return this.#names[slot]!;
  }

  /** The slot of a name that has done as much; `UNWATCHED` where others are busier. */
  slotFor(name: string, busyness: number, nowMs: number): number {
    const known = this.#slots.get(name);
    if (known !== undefined) return known;
    const slot = this.size < this.#max ? this.#names.length : this.#makeRoom(busyness, nowMs);
    if (slot === UNWATCHED) return UNWATCHED;
    this.#names[slot] = name;
    this.#slots.set(name, slot);
    this.#cells[slot * FIELDS + AT] = nowMs;
    return slot;
  }

  /** Add a delta: `DELTA_FIELDS` numbers from `from`. */
  add(worker: number, slot: number, delta: { numbers: Float64Array; from: number }, nowMs: number) {
    const { numbers, from } = delta;
    this.#fade(slot, nowMs);
    const cells = this.#cells;
    const start = slot * FIELDS;
    this.#shares[worker]![slot]! += numbers[from]!;
    this.#active += numbers[from]!;
    for (let i = 0; i < DELTA_FIELDS; i++) cells[start + i]! += numbers[from + i]!;
    cells[start + ENDED_LATELY]! += numbers[from + SESSIONS]!;
    for (let i = 1; i < DELTA_FIELDS; i++) cells[start + RATES + i - 1]! += numbers[from + i]!;
  }

  /** The worker died with its sessions. */
  lost(worker: number): void {
    const share = this.#shares[worker]!;
    for (let slot = 0; slot <= this.size; slot++) {
      this.#cells[slot * FIELDS + ACTIVE]! -= share[slot]!;
      this.#active -= share[slot]!;
    }
    share.fill(0);
  }

  /** Totals of a slot since it is watched, in the order of a delta. */
  totals(slot: number): Float64Array {
    return this.#cells.subarray(slot * FIELDS, slot * FIELDS + DELTA_FIELDS);
  }

  /** Per second: sessions, failed of them, bytes from clients, bytes from backends. */
  rates(slot: number, nowMs: number): readonly [number, number, number, number] {
    const start = slot * FIELDS;
    const faded = Math.exp((this.#cells[start + AT]! - nowMs) / RATE_MS);
    const rate = (i: number) => (this.#cells[start + RATES + i]! * faded) / (RATE_MS / 1000);
    return [rate(0), rate(1), rate(2), rate(3)];
  }

  /** How many sessions it has, and had lately: those that ended count for less the longer ago they did. */
  busyness(slot: number, nowMs: number): number {
    const start = slot * FIELDS;
    const faded = Math.exp((this.#cells[start + AT]! - nowMs) / LATELY_MS);
    return this.#cells[start + ACTIVE]! + this.#cells[start + ENDED_LATELY]! * faded;
  }

  /** When something happened to it last. */
  lastAt(slot: number): number {
    return this.#cells[slot * FIELDS + AT]!;
  }

  /** The busiest `count` of the slots that are `eligible`, the busiest first. */
  busiest(count: number, eligible: (slot: number) => boolean, nowMs: number): readonly number[] {
    const busiest = new Busiest(count);
    for (let first = 1; first <= PASSES; first++)
      for (let slot = first; slot <= this.size; slot += PASSES)
        if (this.#mostOf(slot) > busiest.least && eligible(slot))
          busiest.offer(slot, this.busyness(slot, nowMs));
    return busiest.inOrder();
  }

  // As busy as it can be, however long ago its sessions ended.
  #mostOf(slot: number): number {
    const start = slot * FIELDS;
    return this.#cells[start + ACTIVE]! + this.#cells[start + ENDED_LATELY]!;
  }

  #fade(slot: number, nowMs: number): void {
    const start = slot * FIELDS;
    const elapsed = nowMs - this.#cells[start + AT]!;
    this.#cells[start + AT] = nowMs;
    if (elapsed <= 0) return;
    this.#cells[start + ENDED_LATELY]! *= Math.exp(-elapsed / LATELY_MS);
    const faded = Math.exp(-elapsed / RATE_MS);
    for (let i = RATES; i < FIELDS; i++) this.#cells[start + i]! *= faded;
  }

  #makeRoom(busyness: number, nowMs: number): number {
    let least = UNWATCHED;
    let leastBusyness = busyness;
    for (let i = 0; i < CANDIDATES; i++) {
      this.#hand = (this.#hand % this.#max) + 1;
      const itsBusyness = this.#isKept(this.#hand) ? Infinity : this.busyness(this.#hand, nowMs);
      if (itsBusyness >= leastBusyness) continue;
      least = this.#hand;
      leastBusyness = itsBusyness;
    }
    if (least !== UNWATCHED) this.#forget(least);
    return least;
  }

  // What it has live is counted with those that are not watched.
  #forget(slot: number): void {
    for (const share of this.#shares) {
      share[UNWATCHED]! += share[slot]!;
      share[slot] = 0;
    }
    this.#cells[UNWATCHED * FIELDS + ACTIVE]! += this.#cells[slot * FIELDS + ACTIVE]!;
    this.#cells.fill(0, slot * FIELDS, (slot + 1) * FIELDS);
    this.#slots.delete(this.#names[slot]!);
  }
}
