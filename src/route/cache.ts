import { DEFAULT_PATTERNS } from './pattern.ts';

/** Names a worker remembers per protocol: what a busy edge sees in minutes, a few megabytes. */
export const MAX_CACHED_NAMES = 65_536;

const DEFAULTS: ReadonlySet<string> = new Set(Object.values(DEFAULT_PATTERNS));

/**
 * What names of one protocol were found to be, for as long as that holds. `null` is the name of a
 * client that named nobody.
 *
 * Two generations: when the young one holds half the bound it becomes the old one, and what was not
 * asked for since is forgotten with it. So the bound costs no bookkeeping per look-up, and a flood
 * of names used once does not drive out those in use.
 */
export class RouteCache<V extends { readonly pattern: string }> {
  readonly #maxGeneration: number;
  #young = new Map<string | null, V>();
  #old = new Map<string | null, V>();

  constructor(maxNames: number = MAX_CACHED_NAMES) {
    this.#maxGeneration = Math.max(1, maxNames >> 1);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(name: string | null): V | undefined {
    const found = this.#young.get(name);
    if (found !== undefined || this.#old.size === 0) return found;
    const kept = this.#old.get(name);
    if (kept !== undefined) this.set(name, kept);
    return kept;
  }

  set(name: string | null, value: V): void {
    if (this.#young.size >= this.#maxGeneration && !this.#young.has(name)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#old.delete(name);
    this.#young.set(name, value);
  }

  /** A route changed, came or went: forget every name whose answer it was or may be now. */
  invalidate(pattern: string): void {
    this.invalidateAll([pattern]);
  }

  /** The same for many patterns, in one pass over the names. */
  invalidateAll(patterns: readonly string[]): void {
    // An exact pattern can be the answer for one name only; others need a look at all of them.
    const wide = new Set(patterns.filter((pattern) => !this.#forgetExact(pattern)));
    if (wide.size === 0) return;
    for (const generation of [this.#young, this.#old]) {
      for (const [name, value] of generation) {
        if (wide.has(value.pattern) || isUnderAny(name, wide)) generation.delete(name);
      }
    }
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }

  #forgetExact(pattern: string): boolean {
    if (pattern.startsWith('*.') || DEFAULTS.has(pattern)) return false;
    this.#young.delete(pattern);
    this.#old.delete(pattern);
    return true;
  }
}

function isUnderAny(name: string | null, wildcards: ReadonlySet<string>): boolean {
  if (name === null) return false;
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
    if (wildcards.has(`*${name.slice(dot)}`)) return true;
  }
  return false;
}
