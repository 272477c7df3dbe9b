import type { Protocol } from '../protocol.ts';
import { DEFAULT_PATTERNS } from './pattern.ts';

export type RouteMatch = 'exact' | 'wildcard' | 'default';

/** What a look-up found: the pattern that matched, how, and what stands there. */
export interface RouteFound<T> {
  readonly pattern: string;
  readonly match: RouteMatch;
  readonly value: T;
}

/**
 * Routes by pattern. A name finds its exact route, else the one with the longest `*.suffix` at any
 * depth, else the default of its protocol. `*.example.com` matches `a.b.example.com`, not `example.com`.
 *
 * Patterns are texts that `parsePattern` accepted. Made for 1,000,000 of them: a look-up allocates
 * nothing but one substring per label, and answers with the stored entry itself.
 */
export class RouteTable<T> {
  readonly #exact = new Map<string, RouteFound<T>>();
  /** By the suffix with its dot, `.example.com`: what is left of a name from a dot on. */
  readonly #wildcards = new Map<string, RouteFound<T>>();
  readonly #defaults = new Map<string, RouteFound<T>>();

  get size(): number {
    return this.#exact.size + this.#wildcards.size + this.#defaults.size;
  }

  /** Routes by kind of pattern. */
  get counts(): Readonly<Record<RouteMatch, number>> {
    const [exact, wildcard, byDefault] = [this.#exact, this.#wildcards, this.#defaults];
    return { exact: exact.size, wildcard: wildcard.size, default: byDefault.size };
  }

  get(pattern: string): T | undefined {
    const { entries, key } = this.#place(pattern);
    return entries.get(key)?.value;
  }

  /** An empty array is absent, as an empty set is in Redis. */
  set(pattern: string, value: T): void {
    const { entries, key, match } = this.#place(pattern);
    if (Array.isArray(value) && value.length === 0) entries.delete(key);
    else entries.set(key, { pattern, match, value });
  }

  delete(pattern: string): boolean {
    const { entries, key } = this.#place(pattern);
    return entries.delete(key);
  }

  /** Forget everything and take these. */
  replace(all: Iterable<readonly [pattern: string, value: T]>): void {
    for (const entries of this.#maps()) entries.clear();
    for (const [pattern, value] of all) this.set(pattern, value);
  }

  *keys(): Generator<string, void> {
    for (const entries of this.#maps()) for (const { pattern } of entries.values()) yield pattern;
  }

  *[Symbol.iterator](): Generator<RouteFound<T>, void> {
    for (const entries of this.#maps()) yield* entries.values();
  }

  /** `null` for the name asks for the protocol's default alone. */
  lookup(name: string | null, protocol: Protocol): RouteFound<T> | null {
    const named = name === null ? undefined : (this.#exact.get(name) ?? this.#longestSuffix(name));
    return named ?? this.#defaults.get(DEFAULT_PATTERNS[protocol]) ?? null;
  }

  #longestSuffix(name: string): RouteFound<T> | undefined {
    if (this.#wildcards.size === 0) return undefined;
    for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
      const found = this.#wildcards.get(name.slice(dot));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #place(pattern: string): { entries: Map<string, RouteFound<T>>; key: string; match: RouteMatch } {
    if (pattern.startsWith('*.')) {
      return { entries: this.#wildcards, key: pattern.slice(1), match: 'wildcard' };
    }
    if (pattern === DEFAULT_PATTERNS.tls || pattern === DEFAULT_PATTERNS.http) {
      return { entries: this.#defaults, key: pattern, match: 'default' };
    }
    return { entries: this.#exact, key: pattern, match: 'exact' };
  }

  #maps(): readonly Map<string, RouteFound<T>>[] {
    return [this.#exact, this.#wildcards, this.#defaults];
  }
}
