import { setTimeout as sleep } from 'node:timers/promises';
import type { Protocol } from '../../../protocol.ts';
import type { RouteTable } from '../../../route/table.ts';
import { patternsTried } from '../../../route/tried.ts';
import type { ServerName } from '../../../server-name.ts';
import type { RouteRecord } from '../../sources/routes/route-record.ts';
import { PatternReads, type ReadPatterns, type ReadResult } from './reads.ts';
import { Recent } from './recent.ts';

/** Patterns known to have no route: the suffixes of the names in use, and what a flood came by last. */
export const MAX_ABSENT = 65_536;
/** What is held is looked at again so many at once, and no faster than so: 2,500 a second, a fifth of a core. */
const LOOKED_AT_ONCE = 125;
const LOOK_EVERY_MS = 50;
// A route that changes while it is read is read again, and a name has several.
const MAX_TRIES = 3;

/** What reading routes on demand has come to. */
export interface OnDemandCounts {
  /** Patterns read, and names refused because there were too many or the source could not be read. */
  readonly reads: Readonly<Record<ReadResult, number>>;
  /** Patterns that are known to have no route. */
  readonly absent: number;
}

export interface HeldRoutesOptions {
  readonly read: ReadPatterns;
  /** Where what is found is held. */
  readonly table: RouteTable<RouteRecord>;
  readonly max: number;
  /** Every route is in the table: there is nothing to read. */
  readonly isComplete: () => boolean;
  /** A route that was not asked for in a long time makes room. */
  readonly drop: (pattern: string) => void;
  /** What was read for the first time, or after it was outdated; `null`: there is no route. */
  readonly learn: (pattern: string, record: RouteRecord | null) => void;
  /** What was looked at again: it may be different. */
  readonly change: (pattern: string, record: RouteRecord | null) => void;
}

/**
 * The routes of a table that is not here as a whole: those that were asked for, and what is known to
 * be absent. Both are bounded.
 */
export class HeldRoutes {
  readonly #options: HeldRoutesOptions;
  readonly #reads: PatternReads;
  readonly #found: Recent;
  readonly #absent = new Recent(MAX_ABSENT);
  #looking = false;
  #lookAgain = false;
  #closed = false;

  constructor(options: HeldRoutesOptions) {
    this.#options = options;
    this.#found = new Recent(options.max);
    this.#reads = new PatternReads(options.read, (...read) => this.#take(...read));
  }

  /** What reading has come to so far. */
  get onDemand(): OnDemandCounts {
    return { reads: this.#reads.counts, absent: this.#absent.size };
  }

  /** Have whatever decides about a name in the table. `read` when it is. */
  async learn(name: ServerName | null, protocol: Protocol): Promise<ReadResult> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      if (this.knows(name, protocol)) return 'read';
      const missing = this.#missing(name, protocol);
      const result = await this.#reads.ask(missing);
      if (result !== 'read') return result;
    }
    return this.knows(name, protocol) ? 'read' : 'failed';
  }

  /** Whether the table can say which route a name has. */
  knows(name: ServerName | null, protocol: Protocol): boolean {
    return this.#options.isComplete() || this.#missing(name, protocol).length === 0;
  }

  /** Read these now, unless too many are read already. */
  reread(patterns: readonly string[]): Promise<ReadResult> {
    return this.#reads.ask(patterns);
  }

  /** Hold this, that was read by somebody else. */
  hold(pattern: string): void {
    const dropped = this.#found.touch(pattern);
    if (dropped !== null) this.#options.drop(dropped);
  }

  /** What was known of this pattern is not known any more. */
  outdate(pattern: string): void {
    this.#absent.delete(pattern);
  }

  /** Nothing is known any more, and what is being read is not wanted. */
  clear(): void {
    this.#reads.abandon();
    this.#found.clear();
    this.#absent.clear();
  }

  /** Changes may have been missed: read everything again that is held, a little at a time. */
  async lookAgain(): Promise<void> {
    this.#lookAgain = true;
    if (this.#looking) return;
    this.#looking = true;
    while (this.#lookAgain && !this.#closed) {
      this.#lookAgain = false;
      // What was used last is what is asked for next.
      await this.#lookThrough([...this.#absent].toReversed());
      await this.#lookThrough([...this.#found].toReversed());
    }
    this.#looking = false;
  }

  close(): void {
    this.#closed = true;
    this.clear();
  }

  async #lookThrough(patterns: readonly string[]): Promise<void> {
    for (let from = 0; from < patterns.length; from += LOOKED_AT_ONCE) {
      const some = patterns.slice(from, from + LOOKED_AT_ONCE);
      const pause = sleep(LOOK_EVERY_MS);
      try {
        const found = await this.#options.read(some);
        for (const pattern of some) this.#compare(pattern, found.get(pattern) ?? null);
      } catch {
        // When it can be read again, everything is looked at again.
        return;
      }
      await pause;
      if (this.#closed || this.#options.isComplete()) return;
    }
  }

  // What was dropped meanwhile is read when it is asked for.
  #compare(pattern: string, record: RouteRecord | null): void {
    if (this.#options.isComplete()) return;
    const isHeld = this.#options.table.get(pattern) !== undefined;
    if (!isHeld && !this.#absent.has(pattern)) return;
    this.#options.change(pattern, record);
    this.#note(pattern, record !== null);
  }

  #missing(name: ServerName | null, protocol: Protocol): string[] {
    const missing: string[] = [];
    for (const { pattern } of patternsTried(name, protocol)) {
      if (this.#options.table.get(pattern) !== undefined) {
        this.hold(pattern);
        break;
      }
      if (this.#absent.has(pattern)) this.#absent.touch(pattern);
      else missing.push(pattern);
    }
    return missing;
  }

  #take(pattern: string, record: RouteRecord | null): void {
    if (this.#options.isComplete()) return;
    this.#options.learn(pattern, record);
    this.#note(pattern, record !== null);
  }

  #note(pattern: string, isThere: boolean): void {
    if (isThere) {
      this.#absent.delete(pattern);
      return this.hold(pattern);
    }
    this.#found.delete(pattern);
    this.#absent.touch(pattern);
  }
}
