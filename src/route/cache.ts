import { DEFAULT_PATTERNS } from './pattern.ts';

/** Names a worker remembers per protocol: what a busy edge sees in minutes, a few megabytes. */
export const MAX_CACHED_NAMES = 65_536;

const DEFAULTS: ReadonlySet<string> = new Set(Object.values(DEFAULT_PATTERNS));

interface Entry<V> {
  readonly value: V;
  /** The cache's epoch when this was learned. */
  readonly epoch: number;
}

/**
 * What names of one protocol were found to be, for as long as that holds. `null` is the name of a
 * client that named nobody.
 *
 * Two generations: when the young one holds half the bound it becomes the old one, and what was not
 * asked for since is forgotten with it. So the bound costs no bookkeeping per look-up, and a flood
 * of names used once does not drive out those in use.
 *
 * No change costs more than another, however many names there are: one of a wildcard or a default
 * begins an epoch, and what was learned before it is forgotten when it is next asked for.
 */
export class RouteCache<V extends { readonly pattern: string }> {
  readonly #maxGeneration: number;
  #young = new Map<string | null, Entry<V>>();
  #old = new Map<string | null, Entry<V>>();
  #epoch = 0;

  constructor(maxNames: number = MAX_CACHED_NAMES) {
    this.#maxGeneration = Math.max(1, maxNames >> 1);
  }

  /** Names held, those counted that are forgotten when they are next asked for. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(name: string | null): V | undefined {
    const young = this.#young.get(name);
    const entry = young ?? this.#old.get(name);
    if (entry === undefined) return undefined;
    if (!this.#holds(name, entry)) {
      this.#forget(name);
      return undefined;
    }
    if (young === undefined) this.#keep(name, entry);
    return entry.value;
  }

  set(name: string | null, value: V): void {
    this.#keep(name, { value, epoch: this.#epoch });
  }

  /** A route changed, came or went: forget every name whose answer it was or may be now. */
  invalidate(pattern: string): void {
    this.#forget(pattern);
    // An exact pattern can be the answer for one name only, another for any.
    if (pattern.startsWith('*.') || DEFAULTS.has(pattern)) this.#epoch++;
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }

  // What an exact route answers no other pattern can answer better.
  #holds(name: string | null, { epoch, value }: Entry<V>): boolean {
    return epoch === this.#epoch || value.pattern === name;
  }

  #keep(name: string | null, entry: Entry<V>): void {
    if (this.#young.size >= this.#maxGeneration && !this.#young.has(name)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#old.delete(name);
    this.#young.set(name, entry);
  }

  #forget(name: string | null): void {
    this.#young.delete(name);
    this.#old.delete(name);
  }
}
