import type { BackendHealth } from '../../worker/health/backend-health.ts';
import type { BackendUse } from '../routes/route-backends.ts';
import type { BackendUses, SlotUses } from './backend-uses.ts';
import type { Ejections } from './ejections.ts';
import { ProbeShares } from './probe/probe-shares.ts';
import { activeTarget, probeKind, recoveryTarget } from './probe/target.ts';
import type { AskedKind, HttpQuestion } from './probe/target.ts';
import type { ProbeResult, ProbeVerdict } from './probe/verdict.ts';
import type { Prober } from './probe/prober.ts';
import type { UsedSlots } from './used-slots.ts';

/** When active probes are made, and what they have to say. */
export interface ProbeRules extends HttpQuestion {
  /** For routes that say nothing of their own. */
  readonly kind: AskedKind;
  readonly intervalMs: number;
  /** Successes in a row that bring a backend back, failures in a row that eject it. */
  readonly rise: number;
  readonly fall: number;
}

export interface HealthWatchParts {
  readonly health: BackendHealth;
  readonly uses: BackendUses;
  readonly used: UsedSlots;
  readonly ejections: Ejections;
  readonly prober: Pick<Prober, 'room' | 'probe'>;
  readonly rules: ProbeRules;
  /** Slots below this one may be somebody's. */
  readonly end: () => number;
  /** A backend is out of use until then, by this edge's own judgement, or for longer than was told. */
  readonly onOut: (backend: SlotUses, untilMs: number) => void;
  /** A probe has ended, and others that are due found no place: `tick` soon. */
  readonly onRoom: () => void;
  /** `machineNow()`. */
  readonly now: () => number;
  readonly random: () => number;
}

/** What is remembered of one backend between two probes. */
interface Watched {
  turn: number;
  dueAt: number;
  /** In a row; and so are the passes. */
  fails: number;
  passes: number;
  busy: boolean;
  /** Until when it was last said to be out. */
  toldUntil: number;
}

// Edges and backends that were started together should not be probed together.
const JITTER = 0.1;
/** Backends out at once that are looked after: with more gone, the network is. */
const MAX_OUT = 10_000;
const FAILED_CLIENTS = 'clients could not be served, several in a row';
/** What no other route of the backend would change. */
const SAME_FOR_ALL: ReadonlySet<ProbeResult> = new Set(['refused', 'timeout', 'no-resources']);
// Of a recovery that one route's probe disproves, other routes of the backend are heard.
const MAX_RECOVERY_PROBES = 3;
const SOON_MS = 1000;
/** An actively probed backend that stays out is probed less and less often, but no less than so. */
const LONGEST_PAUSE_MS = 60_000;
const FIRST_SLOT = 1;

/**
 * Decides when which backend is probed, and what comes of it. Backends out of use are probed when their
 * time is over and a route of theirs is in use, by a recovery probe; those of routes with active probes
 * are, as long as they are in use.
 *
 * A backend that several routes have is asked as each of them in turn. So what one route says of it,
 * or what one route wants of it, takes it from no other route as long as that one's probes succeed.
 */
export class HealthWatch {
  readonly #parts: HealthWatchParts;
  readonly #shares = new ProbeShares();
  #isHeldBack = false;
  /** The one probed longest ago first. */
  readonly #watched = new Map<number, Watched>();
  #bySlot: ReadonlyMap<number, SlotUses> = new Map();

  constructor(parts: HealthWatchParts) {
    this.#parts = parts;
  }

  /** Look at everything once. Several times a second. */
  tick(nowMs: number): void {
    const { uses, used, end, ejections } = this.#parts;
    used.collect(end(), nowMs);
    const out = this.#lookForEjected(nowMs);
    uses.refresh(out, nowMs);
    this.#follow(uses.bySlot, nowMs);
    for (const slot of out) this.#tell(slot);
    this.#probeThoseDue(nowMs);
    for (const slot of ejections.slots) if (!out.has(slot)) this.#clear(slot);
  }

  #lookForEjected(nowMs: number): ReadonlySet<number> {
    const { health, end } = this.#parts;
    const out = new Set<number>();
    if (health.ejected === 0) return out;
    const limit = end();
    for (let slot = FIRST_SLOT; slot < limit && out.size < MAX_OUT; slot++) {
      if (health.state(slot, nowMs) === 'healthy') continue;
      out.add(slot);
      // From now on no session tries it out.
      health.expectProbe(slot);
    }
    return out;
  }

  #clear(slot: number): void {
    this.#parts.ejections.clear(slot);
    const watched = this.#watched.get(slot);
    if (watched !== undefined) watched.fails = 0;
  }

  #follow(bySlot: ReadonlyMap<number, SlotUses>, nowMs: number): void {
    if (bySlot === this.#bySlot) return;
    this.#bySlot = bySlot;
    for (const slot of this.#watched.keys()) if (!bySlot.has(slot)) this.#watched.delete(slot);
    for (const slot of bySlot.keys()) {
      if (this.#watched.has(slot)) continue;
      const dueAt = nowMs + this.#parts.random() * this.#parts.rules.intervalMs;
      const fresh = { turn: 0, dueAt, fails: 0, passes: 0, busy: false, toldUntil: 0 };
      this.#watched.set(slot, fresh);
    }
  }

  #tell(slot: number): void {
    const { health, ejections, onOut } = this.#parts;
    const backend = this.#bySlot.get(slot);
    const watched = this.#watched.get(slot);
    const until = health.ejectedUntil(slot);
    if (backend === undefined || watched === undefined || until === 0) return;
    if (!ejections.has(slot)) {
      ejections.note(slot, backend.name, FAILED_CLIENTS);
      watched.dueAt = 0;
      watched.passes = 0;
    }
    if (until === watched.toldUntil) return;
    watched.toldUntil = until;
    onOut(backend, until);
  }

  #probeThoseDue(nowMs: number): void {
    const inUse = new Map<string, boolean>();
    this.#isHeldBack = false;
    // One that is probed comes by again at the end, and is busy then.
    for (const [slot, watched] of this.#watched) {
      if (this.#parts.prober.room <= 0) break;
      if (!this.#isDue(slot, watched, nowMs)) continue;
      const backend = this.#bySlot.get(slot)!;
      if (!this.#isWanted(backend, nowMs, inUse)) {
        watched.dueAt = nowMs + SOON_MS;
        continue;
      }
      const patterns = backend.uses.map(({ pattern }) => pattern);
      const ended = this.#shares.begin(patterns, watched.fails > 0);
      if (ended === null) this.#isHeldBack = true;
      else void this.#check(slot, watched, nowMs).finally(() => this.#ended(ended));
    }
  }

  #ended(ended: () => void): void {
    ended();
    if (!this.#isHeldBack) return;
    this.#isHeldBack = false;
    this.#parts.onRoom();
  }

  #isDue(slot: number, watched: Watched, nowMs: number): boolean {
    if (watched.busy || nowMs < watched.dueAt) return false;
    const state = this.#parts.health.state(slot, nowMs);
    if (state !== 'healthy') return state === 'recovering';
    return this.#bySlot.get(slot)!.active && this.#parts.used.isInUse(slot, nowMs);
  }

  // One that is out has no sessions: it is wanted where others of its route have.
  #isWanted(backend: SlotUses, nowMs: number, known: Map<string, boolean>): boolean {
    const { uses, used } = this.#parts;
    return uses.someRouteHas(backend, (slot) => used.isInUse(slot, nowMs), known);
  }

  async #check(slot: number, watched: Watched, nowMs: number): Promise<void> {
    const { rules, random, health } = this.#parts;
    const backend = this.#bySlot.get(slot)!;
    watched.busy = true;
    watched.dueAt = nowMs + rules.intervalMs * (1 + JITTER * (2 * random() - 1));
    this.#watched.delete(slot);
    this.#watched.set(slot, watched);
    const isOut = health.state(slot, nowMs) !== 'healthy';
    const verdict =
      isOut && !backend.active
        ? await this.#proveRecovery(backend, watched)
        : await this.#probeActively(backend, watched);
    watched.busy = false;
    // Of a route that changed meanwhile, the slot may be gone.
    if (this.#bySlot.get(slot)?.name === backend.name) this.#conclude(slot, watched, verdict);
  }

  async #probeActively(backend: SlotUses, watched: Watched): Promise<ProbeVerdict> {
    const { rules, prober } = this.#parts;
    const use = nextUse(backend, watched);
    const kind = probeKind(use.options.probe ?? rules.kind, use.protocol);
    const target = kind === null ? recoveryTarget(use) : activeTarget(use, kind, rules);
    return await prober.probe(target);
  }

  /** As one route after the other, until one succeeds. */
  async #proveRecovery(backend: SlotUses, watched: Watched): Promise<ProbeVerdict> {
    const most = Math.min(MAX_RECOVERY_PROBES, backend.uses.length);
    for (let probes = 1; ; probes++) {
      const verdict = await this.#parts.prober.probe(recoveryTarget(nextUse(backend, watched)));
      const isSettled = verdict.result === 'ok' || SAME_FOR_ALL.has(verdict.result);
      if (isSettled || probes >= most) return verdict;
    }
  }

  #conclude(slot: number, watched: Watched, verdict: ProbeVerdict): void {
    const { health, now } = this.#parts;
    if (verdict.result === 'no-resources') {
      watched.dueAt = Math.min(watched.dueAt, now() + SOON_MS);
      return;
    }
    const isOut = health.ejectedUntil(slot) !== 0;
    if (verdict.result === 'ok') this.#succeeded(slot, watched, isOut);
    else this.#failed(slot, watched, verdict.why);
  }

  #succeeded(slot: number, watched: Watched, isOut: boolean): void {
    const { health, rules, now } = this.#parts;
    watched.fails = 0;
    if (!isOut) return;
    watched.passes++;
    const needed = this.#bySlot.get(slot)!.active ? rules.rise : 1;
    if (watched.passes < needed) return;
    watched.passes = 0;
    health.admit(slot, now());
  }

  #failed(slot: number, watched: Watched, why: string): void {
    const { health, ejections, rules, now } = this.#parts;
    const { name, active } = this.#bySlot.get(slot)!;
    const isOut = health.ejectedUntil(slot) !== 0;
    watched.passes = 0;
    watched.fails++;
    if (!isOut && watched.fails < rules.fall) return;
    if (active) health.eject(slot, now() + pauseAfter(watched.fails, rules), 'probe');
    else health.failed(slot, now(), 'probe');
    health.expectProbe(slot);
    ejections.note(slot, name, `a probe ${why}`);
    this.#tell(slot);
  }
}

/** As an ejection by sessions: each time for longer. */
function pauseAfter(fails: number, { intervalMs, fall }: ProbeRules): number {
  const longest = Math.max(LONGEST_PAUSE_MS, intervalMs);
  return Math.min(longest, intervalMs * 2 ** Math.max(0, fails - fall));
}

function nextUse({ uses }: SlotUses, watched: Watched): BackendUse {
  return uses[watched.turn++ % uses.length]!;
}
