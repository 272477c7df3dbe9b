import type { BackendUse } from '../routes/route-backends.ts';
import type { ProbeKind } from './probe/verdict.ts';

/** Of a backend that more routes have, these are asked about. */
const MAX_USES = 8;
/** Routes are gone through no more often, however they change. */
const REFRESH_MS = 1000;

/** The routes that are built. */
export interface UsedRoutes {
  readonly version: number;
  uses(): Iterable<BackendUse>;
  usesOf(pattern: string): Iterable<BackendUse>;
}

/** One backend and some of the routes that have it. */
export interface SlotUses {
  readonly name: string;
  readonly uses: readonly BackendUse[];
  /** Some route of it has active probes. */
  readonly active: boolean;
}

/** Knows which routes the backends belong to that there is something to do about. */
export class BackendUses {
  readonly #routes: UsedRoutes;
  readonly #activeKind: (use: BackendUse) => ProbeKind | null;
  #bySlot: ReadonlyMap<number, SlotUses> = new Map();
  #version = -1;
  #refreshedAt = -Infinity;

  /** `activeKind`: what the route wants to be probed by, if it does. */
  constructor(routes: UsedRoutes, activeKind: (use: BackendUse) => ProbeKind | null) {
    this.#routes = routes;
    this.#activeKind = activeKind;
  }

  /** By slot: those with active probes, and those of `out` that a route has. */
  get bySlot(): ReadonlyMap<number, SlotUses> {
    return this.#bySlot;
  }

  /** Look again if anything may have changed; `out` are the slots put out of use. */
  refresh(out: ReadonlySet<number>, nowMs: number): void {
    const isKnown = [...out].every((slot) => this.#bySlot.has(slot));
    if (isKnown && this.#version === this.#routes.version) return;
    if (nowMs - this.#refreshedAt < REFRESH_MS) return;
    this.#refreshedAt = nowMs;
    this.#version = this.#routes.version;
    this.#bySlot = this.#collect(out);
  }

  /**
   * Whether `isInUse` holds for any backend of its routes. Of a backend that more routes have than are
   * known here it does. `known` remembers what was found, by pattern.
   */
  someRouteHas(
    { uses }: SlotUses,
    isInUse: (slot: number) => boolean,
    known: Map<string, boolean>,
  ): boolean {
    if (uses.length >= MAX_USES) return true;
    return uses.some(({ pattern }) => {
      const found = known.get(pattern) ?? this.#has(pattern, isInUse);
      known.set(pattern, found);
      return found;
    });
  }

  #has(pattern: string, isInUse: (slot: number) => boolean): boolean {
    for (const { backend } of this.#routes.usesOf(pattern)) if (isInUse(backend.slot)) return true;
    return false;
  }

  #collect(out: ReadonlySet<number>): ReadonlyMap<number, SlotUses> {
    const active = new Set<number>();
    for (const use of this.#routes.uses())
      if (this.#activeKind(use) !== null) active.add(use.backend.slot);
    const found = new Map<number, { name: string; uses: BackendUse[]; active: boolean }>();
    if (active.size === 0 && out.size === 0) return found;
    for (const use of this.#routes.uses()) {
      const { slot, name } = use.backend;
      const isActive = active.has(slot);
      if (!isActive && !out.has(slot)) continue;
      const known = found.get(slot);
      if (known === undefined) found.set(slot, { name, uses: [use], active: isActive });
      else if (known.uses.length < MAX_USES) known.uses.push(use);
    }
    return found;
  }
}
