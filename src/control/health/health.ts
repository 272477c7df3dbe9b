import type { ControlMetric } from '../../account/exposition.ts';
import type { RedisAddress, SentinelPlace } from '../../config/redis/place.ts';
import type { BackendHealth } from '../../worker/health/backend-health.ts';
import { machineNow, machineTimeOf, wallTimeOf } from '../../worker/machine-clock.ts';
import type { BackendSlots } from '../routes/backend-slots.ts';
import type { RouteBackends } from '../routes/route-backends.ts';
import { redisKeys } from '../sources/redis-keys.ts';
import type { SourceLog } from '../sources/source.ts';
import { BackendUses, type SlotUses } from './backend-uses.ts';
import { Ejections } from './ejections.ts';
import { HealthWatch, type ProbeRules } from './health-watch.ts';
import { healthMetrics } from './health-metrics.ts';
import type { ProbeManner } from './probe/probe.ts';
import { probeKind } from './probe/target.ts';
import { Prober } from './probe/prober.ts';
import { mayTell } from './shared/cut-off.ts';
import { Rumours } from './shared/rumours.ts';
import { SharedEjections } from './shared/shared-ejections.ts';
import { UsedSlots } from './used-slots.ts';

/** How late it is noticed that the time of an ejection is over. */
const TICK_MS = 100;
/** How late an ejection is. */
const SOON_MS = 20;
// Every route in use is gone through for it, and a whole rack may be ejected in the same moment.
const TALLY_MS = 100;

export interface HealthSettings {
  readonly probes: ProbeRules & ProbeManner;
  /** Where ejections are shared with other edges; `null`: nowhere. */
  readonly shared: { readonly place: RedisAddress | SentinelPlace; readonly prefix: string } | null;
}

export interface HealthParts extends HealthSettings {
  readonly health: BackendHealth;
  /** A byte a slot, set by workers that send it a session. */
  readonly used: SharedArrayBuffer;
  /** The share of `--max-ejected`. */
  readonly maxEjected: number;
  readonly slots: BackendSlots;
  readonly routes: RouteBackends;
  readonly log: SourceLog;
}

/** What the control plane does about the health of backends: probes, recoveries, and what edges tell each other. */
export class Health {
  readonly #parts: HealthParts;
  readonly #health: BackendHealth;
  readonly #prober: Prober;
  readonly #used: UsedSlots;
  readonly #ejections: Ejections;
  readonly #uses: BackendUses;
  readonly #watch: HealthWatch;
  readonly #rumours: Rumours;
  readonly #shared: SharedEjections | null;
  #timer: NodeJS.Timeout | null = null;
  #soon: NodeJS.Timeout | null = null;
  #withheld = 0;
  #tally = { tried: 0, out: 0 };
  #talliedAt = 0;

  constructor(parts: HealthParts) {
    this.#parts = parts;
    this.#health = parts.health;
    this.#prober = new Prober(parts.probes);
    this.#used = new UsedSlots(parts.used);
    this.#ejections = new Ejections(parts.log);
    this.#uses = new BackendUses(parts.routes, ({ options, protocol }) =>
      probeKind(options.probe ?? parts.probes.kind, protocol),
    );
    const common = {
      health: this.#health,
      used: this.#used,
      ejections: this.#ejections,
      prober: this.#prober,
      now: machineNow,
    };
    this.#rumours = new Rumours({
      ...common,
      usesOf: (pattern) => parts.routes.usesOf(pattern),
      ownTime: machineTimeOf,
    });
    this.#watch = new HealthWatch({
      ...common,
      uses: this.#uses,
      rules: parts.probes,
      end: () => parts.slots.end,
      onOut: (backend, untilMs) => this.#tell(backend, untilMs),
      onRoom: () => this.look(),
      random: Math.random,
    });
    this.#shared = this.#createShared();
  }

  start(): void {
    this.#timer = setInterval(() => this.#watch.tick(machineNow()), TICK_MS);
    this.#timer.unref();
    this.#shared?.start();
  }

  /** Something has just been ejected. Of a thousand at once all are seen at one look. */
  look(): void {
    if (this.#timer === null) return;
    this.#soon ??= setTimeout(() => {
      this.#soon = null;
      this.#watch.tick(machineNow());
    }, SOON_MS);
    this.#soon.unref();
  }

  /** These slots may be other backends' from now on. */
  forget(slots: readonly number[]): void {
    for (const slot of slots) {
      this.#health.forget(slot);
      this.#used.forget(slot);
      this.#ejections.forget(slot);
      this.#rumours.forget(slot);
    }
  }

  /** Until when, by the wall clock, a backend is out of use, at least, and why; `null` when it is in use. */
  ejection(backend: string): { readonly until: number; readonly why: string } | null {
    const slot = this.#parts.slots.slotOf(backend);
    const until = slot === null ? 0 : this.#health.ejectedUntil(slot);
    if (slot === null || until === 0) return null;
    return {
      until: wallTimeOf(until),
      why: this.#ejections.why(slot) ?? 'clients could not be served',
    };
  }

  metrics(): readonly ControlMetric[] {
    return healthMetrics({
      probes: () => this.#prober.counts(),
      shared: () => ({
        ...this.#rumours.counts,
        told: this.#shared?.told ?? 0,
        withheld: this.#withheld,
      }),
    });
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    if (this.#soon !== null) clearTimeout(this.#soon);
    await Promise.all([this.#prober.close(), this.#shared?.close()]);
  }

  #createShared(): SharedEjections | null {
    const { shared, routes, log } = this.#parts;
    if (shared === null) return null;
    return new SharedEjections({
      place: shared.place,
      watched: redisKeys(shared.prefix).watched,
      log,
      patterns: () => routes.patterns(),
      isInUse: (pattern) => routes.usesOf(pattern).next().done !== true,
      hear: (pattern, told) => this.#rumours.hear(pattern, told),
    });
  }

  #tell({ name, uses }: SlotUses, untilMs: number): void {
    if (this.#shared === null) return;
    if (!mayTell(this.#lately(), this.#parts.maxEjected)) {
      this.#withheld++;
      return;
    }
    const until = wallTimeOf(untilMs);
    const patterns = new Set(uses.map(({ pattern }) => pattern));
    for (const pattern of patterns) this.#shared.tell(pattern, { backend: name, until });
  }

  /** Of the backends in use that were sent sessions lately or are out, how many are out. */
  #lately(): { readonly tried: number; readonly out: number } {
    const now = machineNow();
    if (now - this.#talliedAt < TALLY_MS) return this.#tally;
    const tried = new Set<number>();
    const out = new Set<number>();
    for (const { backend } of this.#parts.routes.uses()) {
      const isOut = this.#health.state(backend.slot, now) !== 'healthy';
      if (isOut) out.add(backend.slot);
      if (isOut || this.#used.wasUsedLately(backend.slot, now)) tried.add(backend.slot);
    }
    this.#talliedAt = now;
    this.#tally = { tried: tried.size, out: out.size };
    return this.#tally;
  }
}
