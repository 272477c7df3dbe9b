import type { RouteTally } from '../../session/route.ts';

/**
 * What sessions of one route have done since the control plane was last told: all of it is what was
 * added since, live sessions too, so that it does not matter how often a route is learnt anew.
 */
export class HostTally implements RouteTally {
  readonly pattern: string;
  readonly #touched: TouchedTallies;
  active = 0;
  sessions = 0;
  failed = 0;
  bytesFromClient = 0;
  bytesFromBackend = 0;
  /** It is among those to tell of, and who comes after it there. */
  isListed = false;
  next: HostTally | null = null;

  constructor(pattern: string, touched: TouchedTallies) {
    this.pattern = pattern;
    this.#touched = touched;
  }

  entered(): void {
    this.active += 1;
    if (!this.isListed) this.#touched.add(this);
  }

  left(): void {
    this.active -= 1;
    if (!this.isListed) this.#touched.add(this);
  }

  ended(failed: boolean): void {
    this.active -= 1;
    this.sessions += 1;
    if (failed) this.failed += 1;
    if (!this.isListed) this.#touched.add(this);
  }

  moved(fromClient: number, fromBackend: number): void {
    if (fromClient === 0 && fromBackend === 0) return;
    this.bytesFromClient += fromClient;
    this.bytesFromBackend += fromBackend;
    if (!this.isListed) this.#touched.add(this);
  }
}

/** What happened to some hosts: `DELTA_FIELDS` numbers each, in the order of the patterns. */
export interface HostDeltas {
  readonly patterns: readonly string[];
  /** Live sessions more or fewer, sessions ended, failed of them, bytes from clients, from backends. */
  readonly numbers: Float64Array<ArrayBuffer>;
}

export const DELTA_FIELDS = 5;

/** The tallies that there is something to tell of, in the order in which it came to be so: a list through themselves. */
export class TouchedTallies {
  #first: HostTally | null = null;
  #last: HostTally | null = null;

  get isEmpty(): boolean {
    return this.#first === null;
  }

  add(tally: HostTally): void {
    tally.isListed = true;
    if (this.#last === null) this.#first = tally;
    else this.#last.next = tally;
    this.#last = tally;
  }

  /** What is to be told of up to `max` of them, which counts from zero again. */
  take(max: number): HostDeltas {
    const patterns: string[] = [];
    const numbers: number[] = [];
    for (let tally = this.#first; tally !== null && patterns.length < max; tally = this.#first) {
      this.#first = tally.next;
      tally.next = null;
      tally.isListed = false;
      patterns.push(tally.pattern);
      const { active, sessions, failed, bytesFromClient, bytesFromBackend } = tally;
      numbers.push(active, sessions, failed, bytesFromClient, bytesFromBackend);
      clear(tally);
    }
    if (this.#first === null) this.#last = null;
    return { patterns, numbers: Float64Array.from(numbers) };
  }
}

function clear(tally: HostTally): void {
  tally.active = 0;
  tally.sessions = 0;
  tally.failed = 0;
  tally.bytesFromClient = 0;
  tally.bytesFromBackend = 0;
}
