import type { RouteTable } from '../../../route/table.ts';
import { equalRecords, type RouteRecord } from '../../sources/routes/route-record.ts';
import { Stretches } from './stretches.ts';

/** How a table is changed, and who knew what was there. */
export interface ReplacingParts {
  readonly table: RouteTable<RouteRecord>;
  readonly set: (pattern: string, record: RouteRecord) => void;
  readonly remove: (pattern: string) => void;
}

/** Makes a table equal to a map, a large one a little at a time. What is told meanwhile stands: it is newer. */
export class Replacing {
  readonly #parts: ReplacingParts;
  readonly #stretches = new Stretches();
  readonly #told = new Set<string>();
  #changed: string[] | null = null;

  constructor(parts: ReplacingParts) {
    this.#parts = parts;
  }

  get isRunning(): boolean {
    return this.#changed !== null;
  }

  /** This route is told by itself: the map may have it as it was. */
  note(pattern: string): void {
    if (this.isRunning) this.#told.add(pattern);
  }

  /** `done` is given what was changed, also by one that was begun before and is not finished any more. */
  run(all: ReadonlyMap<string, RouteRecord>, done: (changed: readonly string[]) => void): void {
    const changed = this.stop();
    this.#changed = changed;
    this.#stretches.run(this.#steps(all, changed), () => {
      this.stop();
      done(changed);
    });
  }

  /** Leave the table as it is now. Gives what was changed. */
  stop(): string[] {
    this.#stretches.stop();
    this.#told.clear();
    const changed = this.#changed ?? [];
    this.#changed = null;
    return changed;
  }

  *#steps(all: ReadonlyMap<string, RouteRecord>, changed: string[]): Generator<void, void> {
    const { table, set, remove } = this.#parts;
    for (const pattern of table.keys()) {
      if (!all.has(pattern) && !this.#told.has(pattern)) {
        remove(pattern);
        changed.push(pattern);
      }
      yield;
    }
    for (const [pattern, record] of all) {
      const before = table.get(pattern);
      const isSame = before !== undefined && equalRecords(before, record);
      if (!isSame && !this.#told.has(pattern)) {
        set(pattern, record);
        changed.push(pattern);
      }
      yield;
    }
  }
}
