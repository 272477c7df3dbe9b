import { isEmptyRecord, sameRecord, type RouteRecord } from '../routes/route-record.ts';
import type { RouteSink } from '../source.ts';

/** More differences than this at once are told as a whole table. */
const MAX_CHANGES = 1000;
/** A key that moves is announced gone by one master a moment before, or after, the other one has it. */
const LEAVING_MS = 100;

type Table = ReadonlyMap<string, RouteRecord>;

/** The tables of several masters as one. The keys of a route may be on several of them. */
export class MergedRoutes {
  readonly #sink: RouteSink;
  readonly #tables: () => readonly Table[];
  readonly #leaving = new Map<string, NodeJS.Timeout>();
  #told = new Map<string, RouteRecord>();
  #ready = false;

  /** `tables` gives what each master has now, in a lasting order. */
  constructor(sink: RouteSink, tables: () => readonly Table[]) {
    this.#sink = sink;
    this.#tables = tables;
  }

  get ready(): boolean {
    return this.#ready;
  }

  get routes(): Table {
    return this.#told;
  }

  /** Start with this table, until all masters have been read. */
  adopt(earlier: Table): void {
    if (this.#ready) return;
    this.#told = new Map(earlier);
    this.#ready = true;
    this.#sink.replace(this.#told);
  }

  /** A route changed at one of the masters. */
  changed(key: string): void {
    if (!this.#ready) return;
    const record = this.#union(key);
    // Whatever gets less may be on its way to another master.
    if (isLess(record, this.#told.get(key))) this.#tellLater(key);
    else this.#tell(key, record);
  }

  /** Whole tables changed: look at everything. */
  rebuild(): void {
    const keys = new Set<string>();
    for (const table of this.#tables()) for (const key of table.keys()) keys.add(key);
    if (!this.#ready) return this.#replace(keys);
    for (const key of this.#told.keys()) keys.add(key);
    const different = [...keys].filter((key) => !isSame(this.#union(key), this.#told.get(key)));
    if (different.length > MAX_CHANGES) this.#replace(keys);
    else for (const key of different) this.changed(key);
  }

  close(): void {
    for (const timer of this.#leaving.values()) clearTimeout(timer);
    this.#leaving.clear();
  }

  #replace(keys: ReadonlySet<string>): void {
    this.close();
    this.#told = new Map();
    for (const key of keys) {
      const record = this.#union(key);
      if (record !== null) this.#told.set(key, record);
    }
    this.#ready = true;
    this.#sink.replace(this.#told);
  }

  #tellLater(key: string): void {
    if (this.#leaving.has(key)) return;
    const later = () => {
      this.#leaving.delete(key);
      this.#tell(key, this.#union(key));
    };
    this.#leaving.set(key, setTimeout(later, LEAVING_MS));
  }

  #tell(key: string, record: RouteRecord | null): void {
    clearTimeout(this.#leaving.get(key));
    this.#leaving.delete(key);
    if (isSame(record, this.#told.get(key))) return;
    if (record === null) this.#told.delete(key);
    else this.#told.set(key, record);
    this.#sink.change(key, record);
  }

  #union(key: string): RouteRecord | null {
    let union: RouteRecord | null = null;
    for (const table of this.#tables()) {
      const record = table.get(key);
      if (record !== undefined) union = union === null ? record : unite(union, record);
    }
    return union === null || isEmptyRecord(union) ? null : union;
  }
}

function unite(a: RouteRecord, b: RouteRecord): RouteRecord {
  return {
    backends: uniteMembers(a.backends, b.backends),
    draining: uniteMembers(a.draining, b.draining),
    acme: uniteMembers(a.acme, b.acme),
    options: { ...a.options, ...b.options },
  };
}

function uniteMembers(a: readonly string[], b: readonly string[]): readonly string[] {
  if (a.length === 0 || b.length === 0) return a.length === 0 ? b : a;
  return [...new Set([...a, ...b])].toSorted();
}

/** Whether a part of the route is gone altogether, as it is when its key is. */
function isLess(after: RouteRecord | null, before: RouteRecord | undefined): boolean {
  if (before === undefined) return false;
  if (after === null) return true;
  const parts = ['backends', 'draining', 'acme'] as const;
  const isGone = parts.some((part) => before[part].length > 0 && after[part].length === 0);
  return isGone || Object.keys(after.options).length < Object.keys(before.options).length;
}

function isSame(a: RouteRecord | null, b: RouteRecord | undefined): boolean {
  return a === null || b === undefined ? a === null && b === undefined : sameRecord(a, b);
}
