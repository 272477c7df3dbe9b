import { Pace } from './pace.ts';
import { noRoute, type Reading } from './reading.ts';
import {
  EMPTY_RECORD,
  isEmptyRecord,
  sameRecord,
  type RoutePart,
  type RouteRecord,
} from './route-record.ts';

/** Routes held at most, whoever writes them. What comes beyond is refused and reported. */
export const MAX_ROUTES = 1_000_000;

// Enough to find the cause of; a million complaints would only cost memory.
const MAX_PROBLEMS = 1000;

/** Compared between two looks at the clock. */
const LOOKED_AT_ONCE = 256;

/** The routes of a source at one time, and what is wrong with some of its keys. */
export class RouteSet {
  readonly routes = new Map<string, RouteRecord>();
  readonly #problems = new Map<string, Map<RoutePart | null, string>>();
  readonly #max: number;
  #isOverfull = false;

  constructor(max: number = MAX_ROUTES) {
    this.#max = max;
  }

  /** A route was refused because there are too many. */
  get isOverfull(): boolean {
    return this.#isOverfull;
  }

  /** Keys that are skipped or cut short; counted up to 1,000. */
  get badKeys(): number {
    return this.#problems.size;
  }

  /** Keys of which something is wrong. */
  problemKeys(): IterableIterator<string> {
    return this.#problems.keys();
  }

  /** What is wrong at a key, in words. */
  problemAt(key: string): string | undefined {
    const problems = this.#problems.get(key);
    return problems === undefined ? undefined : [...new Set(problems.values())].join('; ');
  }

  /** Take one reading; whether that changed the route. A record equal to `known` is kept as that one object. */
  add(reading: Reading, known?: RouteRecord): boolean {
    const { key, part, values, problems } = this.#withinBounds(reading);
    this.#note(key, part, problems);
    const before = this.routes.get(key) ?? EMPTY_RECORD;
    const after = merge(before, values);
    if (sameRecord(before, after)) return false;
    if (isEmptyRecord(after)) this.routes.delete(key);
    else this.routes.set(key, known !== undefined && sameRecord(known, after) ? known : after);
    return true;
  }

  /** The keys whose routes differ. */
  difference(other: RouteSet): string[] {
    return [...this.#compare(other)].filter((key) => key !== null);
  }

  /** The same, a little at a time. */
  async pacedDifference(other: RouteSet): Promise<string[]> {
    const pace = new Pace();
    const differing: string[] = [];
    let looked = 0;
    for (const key of this.#compare(other)) {
      if (key !== null) differing.push(key);
      if (++looked % LOOKED_AT_ONCE === 0 && pace.due) await pace.rest();
    }
    return differing;
  }

  /** Each key that differs, and `null` for each that does not. */
  *#compare(other: RouteSet): Generator<string | null, void> {
    for (const key of this.routes.keys()) yield other.routes.has(key) ? null : key;
    for (const [key, record] of other.routes) {
      yield sameRecord(this.routes.get(key) ?? EMPTY_RECORD, record) ? null : key;
    }
  }

  #withinBounds(reading: Reading): Reading {
    const { key, part } = reading;
    if (this.routes.size < this.#max || this.routes.has(key)) return reading;
    if (isEmptyRecord({ ...EMPTY_RECORD, ...reading.values })) return reading;
    this.#isOverfull = true;
    return noRoute(key, part, `is refused: there are ${this.#max} routes already`);
  }

  #note(key: string, part: RoutePart | null, found: readonly string[]): void {
    const problems = this.#problems.get(key);
    if (found.length === 0) {
      problems?.delete(part);
      if (problems?.size === 0) this.#problems.delete(key);
    } else if (problems !== undefined) problems.set(part, found.join('; '));
    else if (this.#problems.size < MAX_PROBLEMS) {
      this.#problems.set(key, new Map([[part, found.join('; ')]]));
    }
  }
}

// Every record is made here, so that a million of them have one shape.
function merge(before: RouteRecord, values: Partial<RouteRecord>): RouteRecord {
  return {
    backends: values.backends ?? before.backends,
    draining: values.draining ?? before.draining,
    acme: values.acme ?? before.acme,
    options: values.options ?? before.options,
  };
}
