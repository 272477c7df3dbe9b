import { OTHER_HOSTS } from '../../account/metrics/host-series.ts';
import { UNWATCHED, type WatchedHosts } from './watched-hosts.ts';

/** A newcomer takes the series of a name only if it is as many times as busy. */
const TIMES_AS_BUSY = 2;
/** A name of which nobody has heard for a day has no series. */
const IDLE_MS = 86_400_000;
/** What a name that goes did last is scraped, and that it has done no more. */
const LAST_SCRAPES = 2;

const NONE = 0;
const STAYS = 255;

/**
 * Which names have series of their own, at most `limit` at once: who comes while there is room, and then
 * the busiest. One that goes keeps its series for two more scrapes, and its place so long.
 */
export class NamedHosts {
  readonly #limit: number;
  /** By slot, the scrapes it has left where it is about to go, `STAYS`, or `NONE`. */
  readonly #left: Uint8Array;
  readonly #named = new Set<number>();
  #dropped = 0;

  /** Slots are from 1 to `maxSlot`. */
  constructor(limit: number, maxSlot: number) {
    this.#limit = limit;
    this.#left = new Uint8Array(maxSlot + 1);
  }

  get size(): number {
    return this.#named.size;
  }

  /** Names that had series and have none any more. */
  get dropped(): number {
    return this.#dropped;
  }

  has(slot: number): boolean {
    return this.#left[slot] !== NONE;
  }

  slots(): Iterable<number> {
    return this.#named;
  }

  /** Something happened to a name. Whether it has a series from here on, and had none. */
  admit(slot: number, name: string): boolean {
    if (this.has(slot) || this.#named.size >= this.#limit || slot === UNWATCHED) return false;
    if (name === OTHER_HOSTS) return false;
    this.#named.add(slot);
    this.#left[slot] = STAYS;
    return true;
  }

  /** Let those go that are idle, or far less busy than a name without a series. */
  review(hosts: WatchedHosts, nowMs: number): void {
    const staying = [...this.#named].filter((slot) => this.#left[slot] === STAYS);
    const ranks = Float64Array.from(staying, (slot) => hosts.busyness(slot, nowMs)).sort();
    const least = ranks[this.#countSuccessors(hosts, ranks, nowMs) - 1] ?? -1;
    for (const slot of staying) {
      const isIdle = nowMs - hosts.lastAt(slot) > IDLE_MS && hosts.totals(slot)[0] === 0;
      if (isIdle || hosts.busyness(slot, nowMs) <= least) this.#left[slot] = LAST_SCRAPES;
    }
  }

  /** All series have been scraped. The slots whose names have none any more. */
  scraped(): readonly number[] {
    const gone: number[] = [];
    for (const slot of this.#named) {
      if (this.#left[slot] === STAYS) continue;
      this.#left[slot]! -= 1;
      if (!this.has(slot)) gone.push(slot);
    }
    for (const slot of gone) this.#named.delete(slot);
    this.#dropped += gone.length;
    return gone;
  }

  // Some places have been promised: the busiest of those without one wait for these.
  #countSuccessors(hosts: WatchedHosts, ranks: Float64Array, nowMs: number): number {
    if (this.#named.size < this.#limit) return 0;
    const promised = this.#named.size - ranks.length;
    const waiting = hosts.busiest(this.#named.size, (slot) => this.#isWaiting(hosts, slot), nowMs);
    let count = 0;
    while (count < ranks.length) {
      const newcomer = waiting[promised + count];
      if (newcomer === undefined) break;
      if (hosts.busyness(newcomer, nowMs) <= TIMES_AS_BUSY * ranks[count]!) break;
      count++;
    }
    return count;
  }

  #isWaiting(hosts: WatchedHosts, slot: number): boolean {
    return !this.has(slot) && hosts.nameOf(slot) !== OTHER_HOSTS;
  }
}
