import { setTimeout as sleep } from 'node:timers/promises';
import type { RouteTable } from '../../../route/table.ts';
import { EMPTY_RECORD, type RouteRecord } from '../../sources/routes/route-record.ts';
import type { KnownOptions } from '../known-options.ts';
import type { ReadResult } from '../on-demand/reads.ts';
import type { RemovedMembers } from './removed-members.ts';

/** Read again so many at once, and no faster than so: 500 a second, a quarter of what may be read on demand. */
const READ_AT_ONCE = 25;
const READ_EVERY_MS = 50;
const FAILED_PAUSE_MS = 1000;

export interface DeparturesParts {
  readonly table: RouteTable<RouteRecord>;
  readonly options: KnownOptions;
  readonly removed: RemovedMembers;
  /** Have these in the table again, or known not to be there, where they can be read now. */
  readonly reread: (patterns: readonly string[]) => Promise<ReadResult>;
}

/**
 * Compares what routes are with what they were, for whoever notices members that leave. Of a table that
 * is read on demand it keeps what is outdated until it is read again, and has that done: no more than
 * was held, and only of routes that somebody would be missed of.
 */
export class Departures {
  readonly #parts: DeparturesParts;
  readonly #past = new Map<string, RouteRecord>();
  #isReading = false;
  #isClosed = false;

  constructor(parts: DeparturesParts) {
    this.#parts = parts;
  }

  /** The route is about to become this in the table, while what the workers have of the old one is still known. */
  compare(pattern: string, after: RouteRecord | null): void {
    const { table, options, removed } = this.#parts;
    const before = table.get(pattern) ?? this.#past.get(pattern) ?? null;
    this.#past.delete(pattern);
    // Of a new one there is nothing to miss, but it may be one that is missed.
    if (before === null && !removed.misses(pattern)) return;
    const inForce = options.take(pattern, (after ?? before ?? EMPTY_RECORD).options);
    removed.changed(pattern, [before ?? EMPTY_RECORD, after], inForce);
  }

  /** The route is about to be taken off the table: nobody knows what it is now. */
  outdated(pattern: string): void {
    const { table, options, removed } = this.#parts;
    if (this.#past.has(pattern)) return;
    const record = table.get(pattern) ?? EMPTY_RECORD;
    if (!removed.misses(pattern)) {
      if (!removed.concerns(record, options.take(pattern, record.options))) return;
    }
    this.#past.set(pattern, record);
    if (!this.#isReading) void this.#readAgain();
  }

  /** The whole table is here: what is not in it is gone. */
  settle(): void {
    for (const pattern of this.#past.keys()) this.compare(pattern, null);
  }

  close(): void {
    this.#isClosed = true;
    this.#past.clear();
    this.#parts.removed.close();
  }

  // What cannot be read now is read later. Of what is asked for meanwhile nothing is left to do.
  async #readAgain(): Promise<void> {
    this.#isReading = true;
    while (this.#past.size > 0 && !this.#isClosed) {
      const patterns = [...this.#past.keys()].slice(0, READ_AT_ONCE);
      const isRead = (await this.#parts.reread(patterns)) === 'read';
      await sleep(isRead ? READ_EVERY_MS : FAILED_PAUSE_MS, undefined, { ref: false });
    }
    this.#isReading = false;
  }
}
