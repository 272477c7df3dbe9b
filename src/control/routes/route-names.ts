import type { Protocol } from '../../protocol.ts';

/**
 * The DNS names of routes in use, by pattern and protocol. They outlive what was built of them: a
 * route that changes while DNS is away must not lose the addresses that are known.
 */
export class RouteNames {
  readonly #onUnused: (name: string) => void;
  readonly #names = new Map<string, Partial<Record<Protocol, readonly string[]>>>();
  /** DNS name → the patterns that have it. */
  readonly #users = new Map<string, Set<string>>();

  /** `onUnused` is told of a name that its last route has lost. */
  constructor(onUnused: (name: string) => void) {
    this.#onUnused = onUnused;
  }

  /** The patterns that have this name. */
  usersOf(name: string): readonly string[] {
    return [...(this.#users.get(name) ?? [])];
  }

  /** The route has these names now, each once. */
  use(pattern: string, protocol: Protocol, names: readonly string[]): void {
    const before = this.#names.get(pattern);
    // Most routes have none, and nothing is kept for them.
    if (before === undefined && names.length === 0) return;
    const after = { ...before, [protocol]: names };
    this.#names.set(pattern, after);
    for (const name of names) {
      const users = this.#users.get(name) ?? new Set();
      this.#users.set(name, users.add(pattern));
    }
    const used = new Set(Object.values(after).flat());
    for (const name of before?.[protocol] ?? []) if (!used.has(name)) this.#drop(name, pattern);
  }

  remove(pattern: string): void {
    const names = this.#names.get(pattern);
    this.#names.delete(pattern);
    for (const name of Object.values(names ?? {}).flat()) this.#drop(name, pattern);
  }

  #drop(name: string, pattern: string): void {
    const users = this.#users.get(name);
    users?.delete(pattern);
    if (users?.size !== 0) return;
    this.#users.delete(name);
    this.#onUnused(name);
  }
}
