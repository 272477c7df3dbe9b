import type { BackendHealth } from '../../../worker/health/backend-health.ts';
import type { BackendUse } from '../../routes/route-backends.ts';
import type { Ejections } from '../ejections.ts';
import { recoveryTarget } from '../probe/target.ts';
import type { Prober } from '../probe/prober.ts';
import type { UsedSlots } from '../used-slots.ts';
import { LONGEST_MS, type ToldEjection } from './ejection-record.ts';

export interface RumourParts {
  readonly health: BackendHealth;
  readonly used: UsedSlots;
  readonly ejections: Ejections;
  readonly prober: Pick<Prober, 'room' | 'probe'>;
  readonly usesOf: (pattern: string) => Iterable<BackendUse>;
  /** `machineNow()`. */
  readonly now: () => number;
  /** A time that an edge told, by that clock. */
  readonly ownTime: (toldMs: number) => number;
}

/** What came of what other edges told: the label of the metric. */
export const RUMOUR_RESULTS = ['believed', 'disproved', 'ignored'] as const;

export type RumourResult = (typeof RUMOUR_RESULTS)[number];

/** One backend is not probed for a rumour more often than that, whatever is told of it. */
const PER_BACKEND_MS = 1000;

/**
 * What other edges say about backends. It is never believed, only looked into: a backend that is told to
 * be out, and is in use here, is probed at once, and is put out of use when this edge's own probe fails,
 * too. So an edge that is cut off costs the others a probe, and a backend that only it cannot reach
 * stays in use everywhere else. What was looked into once is not again.
 */
export class Rumours {
  readonly #parts: RumourParts;
  /** What was last looked into about each backend, and when, by slot. No more than there are backends in use. */
  readonly #heard = new Map<number, { readonly untilMs: number; readonly at: number }>();
  readonly counts: Record<RumourResult, number> = { believed: 0, disproved: 0, ignored: 0 };

  constructor(parts: RumourParts) {
    this.#parts = parts;
  }

  /** Look into what was told about the backends of one route. */
  hear(pattern: string, told: readonly ToldEjection[]): void {
    const until = new Map(told.map((one) => [one.backend, one.until]));
    for (const use of this.#parts.usesOf(pattern)) {
      const { name, slot } = use.backend;
      const untilMs = until.get(name);
      if (untilMs === undefined || !this.#isNews(slot, untilMs)) continue;
      if (this.#mayProbe(slot, untilMs)) void this.#lookInto(use, untilMs);
      else this.counts.ignored++;
    }
  }

  /** The slot is another backend's now. */
  forget(slot: number): void {
    this.#heard.delete(slot);
  }

  #isNews(slot: number, untilMs: number): boolean {
    const { health, used, now } = this.#parts;
    if (this.#heard.get(slot)?.untilMs === untilMs) return false;
    return health.state(slot, now()) === 'healthy' && used.isInUse(slot, now());
  }

  #mayProbe(slot: number, untilMs: number): boolean {
    const { prober, now } = this.#parts;
    const at = now();
    if (prober.room <= 0 || at - (this.#heard.get(slot)?.at ?? -Infinity) < PER_BACKEND_MS)
      return false;
    this.#heard.set(slot, { untilMs, at });
    return true;
  }

  async #lookInto(use: BackendUse, untilMs: number): Promise<void> {
    const { health, ejections, prober, usesOf, now, ownTime } = this.#parts;
    const { slot, name } = use.backend;
    const { result, why } = await prober.probe(recoveryTarget(use));
    const isStillThere = [...usesOf(use.pattern)].some(({ backend }) => backend.name === name);
    if (result === 'no-resources' || !isStillThere) return void this.counts.ignored++;
    if (result === 'ok') return void this.counts.disproved++;
    this.counts.believed++;
    if (health.state(slot, now()) !== 'healthy') return;
    health.eject(slot, Math.min(ownTime(untilMs), now() + LONGEST_MS), 'shared');
    health.expectProbe(slot);
    ejections.note(slot, name, `another edge ejected it, and a probe from here ${why}`);
  }
}
