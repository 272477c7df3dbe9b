import type { Loss, LossGuard } from '../loss/loss-guard.ts';
import type { Reading } from './reading.ts';
import type { RouteRecord } from './route-record.ts';
import { RouteSet } from './route-set.ts';
import type { EarlierRoutes, RouteSink } from '../source.ts';

/** More differences than this at once are told as a whole table. */
const MAX_CHANGES = 1000;

/** The keys whose routes are not what they were. */
export interface Difference {
  readonly from: RouteSet;
  readonly keys: readonly string[];
}

/** What a source has told its sink: so only differences are told, however often everything is read. */
export class Mirror {
  readonly #sink: RouteSink;
  readonly #guard: LossGuard | null;
  readonly #max: number | null;
  #told: RouteSet;
  #isPartial = false;
  #ready = false;
  #earlierAt: number | null = null;

  /**
   * With a guard, a whole table may be held back that lost too much of the one before. With a `max`,
   * a table of more routes is not told as a whole.
   */
  constructor(sink: RouteSink, guard: LossGuard | null = null, max: number | null = null) {
    this.#sink = sink;
    this.#guard = guard;
    this.#max = max;
    this.#told = this.newSet();
  }

  /** The routes that may be told. */
  get max(): number {
    return this.#max ?? Infinity;
  }

  /** For the routes of a whole table, as many as may be told. */
  newSet(): RouteSet {
    return this.#max === null ? new RouteSet() : new RouteSet(this.#max);
  }

  /** Whether there are too many routes: the sink reads what it needs. */
  get isPartial(): boolean {
    return this.#isPartial;
  }

  /** Whether this, or what was told, is more than may be told. */
  isTooMuch(routes: RouteSet = this.#told): boolean {
    return this.#max !== null && this.#sink.tooMany !== undefined && routes.isOverfull;
  }

  /** There are too many routes, or there still are and changes may have been missed. */
  tooMany(): void {
    const isEarlier = this.snapshotAt !== null;
    this.#isPartial = true;
    this.#ready = true;
    this.#earlierAt = null;
    this.#told = this.newSet();
    this.#sink.tooMany?.();
    // It was never compared with the source.
    if (isEarlier) this.#sink.outdated?.(null);
  }

  /** The source is there again: what was read elsewhere meanwhile is not the latest. */
  connected(): void {
    if (!this.#ready) this.#sink.outdated?.(null);
  }

  /** These keys changed: whoever has read them on its own forgets them. */
  outdated(keys: readonly string[]): void {
    if (this.#isPartial || !this.#ready) this.#sink.outdated?.(keys);
  }

  /** Whether the sink has been told a whole table. */
  get ready(): boolean {
    return this.#ready;
  }

  get routes(): number {
    return this.#ready ? this.#told.routes.size : 0;
  }

  get badKeys(): number {
    return this.#told.badKeys;
  }

  /** What the sink was told, for as long as no other whole table is. */
  get table(): ReadonlyMap<string, RouteRecord> {
    return this.#told.routes;
  }

  /** While the table is one that was adopted: when it was current, in milliseconds since the epoch. */
  get snapshotAt(): number | null {
    return this.#ready ? this.#earlierAt : null;
  }

  /** Routes that the source has lost and that stay in the table. */
  get held(): number {
    return this.#guard?.held ?? 0;
  }

  /** Take an earlier table for a start, unless there is one: as told, or only to compare the first one with. */
  adopt({ routes, asOf }: EarlierRoutes, how: 'told' | 'compared'): void {
    if (this.#ready) return;
    this.#told = routes;
    this.#earlierAt = asOf;
    if (how === 'told') this.#tellEarlier();
  }

  /** The route as it was told. */
  at(key: string): RouteRecord | undefined {
    return this.#told.routes.get(key);
  }

  /**
   * Keys were read again. Before the first `swap` there is nothing to change. A route is told once,
   * however many of its keys these are.
   */
  apply(...readings: readonly Reading[]): void {
    if (!this.#ready || this.#isPartial) return;
    const problems = new Map(readings.map(({ key }) => [key, this.#told.problemAt(key)]));
    const changed = readings.filter((reading) => this.#told.add(reading)).map(({ key }) => key);
    // What is wrong with a route as a whole, before what is with each of its many members.
    for (const [key, before] of problems) this.#report(key, before);
    for (const key of new Set(changed)) this.#sink.change(key, this.at(key) ?? null);
  }

  /**
   * Everything was read. Tells what differs, and how many routes that were: none when the guard holds
   * what would be lost, and nobody has `accepted` it. The set is ours now.
   */
  swap(all: RouteSet, accepted = false, difference?: Difference): number {
    const before = this.#told;
    // Another table may have been adopted since the two were compared.
    const changed = difference?.from === before ? difference.keys : before.difference(all);
    const lost = this.#lost(changed, all);
    if (this.#holds({ lost, of: this.#size, accepted })) {
      if (!this.#ready) this.#tellEarlier();
      return 0;
    }
    this.#told = all;
    this.#earlierAt = null;
    const isNew = !this.#ready || this.#isPartial;
    this.#isPartial = false;
    if (isNew || changed.length > MAX_CHANGES) this.#sink.replace(all.routes);
    else this.#tellChanges(changed);
    this.#ready = true;
    for (const key of all.problemKeys()) this.#report(key, before.problemAt(key));
    return changed.length;
  }

  /** What `swap` is going to look at, found without keeping the thread for long. */
  async compare(all: RouteSet): Promise<Difference> {
    const from = this.#told;
    return { from, keys: await from.pacedDifference(all) };
  }

  get #size(): number {
    return this.#isPartial ? this.max : this.#told.routes.size;
  }

  // Of a table that was never here it is only known that it was larger than this.
  #lost(changed: readonly string[], all: RouteSet): number {
    if (this.#isPartial) return Math.max(0, this.#max! - all.routes.size);
    return changed.filter((key) => !all.routes.has(key)).length;
  }

  #tellChanges(keys: readonly string[]): void {
    for (const key of keys) this.#sink.change(key, this.at(key) ?? null);
  }

  #holds(loss: Loss): boolean {
    return this.#guard !== null && this.#guard.holds(loss, performance.now());
  }

  #tellEarlier(): void {
    this.#ready = true;
    this.#sink.replace(this.#told.routes);
  }

  #report(key: string, before: string | undefined): void {
    const problem = this.#told.problemAt(key);
    if (problem !== undefined && problem !== before) this.#sink.onProblem(key, problem);
  }
}
