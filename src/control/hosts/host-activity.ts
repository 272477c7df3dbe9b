import type { ControlMetric } from '../../account/exposition.ts';
import { controlMetric } from '../../account/metrics/control-metric.ts';
import {
  OTHER_HOSTS,
  type HostSeries,
  type HostSeriesList,
} from '../../account/metrics/host-series.ts';
import { DELTA_FIELDS, type HostDeltas } from '../../worker/hosts/host-tally.ts';
import { NamedHosts } from './named-hosts.ts';
import { MAX_WATCHED_HOSTS, WatchedHosts } from './watched-hosts.ts';

const REVIEW_MS = 15_000;
const NOTHING = new Float64Array(DELTA_FIELDS);

/** What a host does, and did lately. */
export interface HostRow {
  /** The pattern of its route. */
  readonly host: string;
  readonly active: number;
  readonly sessionsPerSecond: number;
  readonly failuresPerSecond: number;
  readonly bytesFromClientPerSecond: number;
  readonly bytesFromBackendPerSecond: number;
  /** Ended since the host is watched, and failed of them. */
  readonly sessions: number;
  readonly failed: number;
}

export interface HostActivityOptions {
  readonly workers: number;
  /** Names that have series of their own; 0: there are no series of hosts at all. */
  readonly maxSeries: number;
  /** Milliseconds that never go back. */
  readonly now: () => number;
  readonly maxWatched?: number;
}

/** What the workers tell of hosts: who is busy, and what the exposition says of whom. */
export class HostActivity {
  readonly #hosts: WatchedHosts;
  readonly #named: NamedHosts;
  readonly #hasSeries: boolean;
  readonly #now: () => number;
  /** Totals that a name had when it got its series, which begin at zero. */
  readonly #before = new Map<number, Float64Array>();
  /** Took the series of others, and nobody has seen yet that theirs begin at zero: till then they count with the others. */
  readonly #unseen = new Set<number>();
  /** What happened to names while they had no series. Live sessions are not in it. */
  readonly #others = new Float64Array(DELTA_FIELDS);
  #reviewedAt: number;

  constructor(options: HostActivityOptions) {
    const { workers, maxSeries, now, maxWatched = MAX_WATCHED_HOSTS } = options;
    this.#named = new NamedHosts(maxSeries, maxWatched);
    this.#hosts = new WatchedHosts(workers, (slot) => this.#named.has(slot), maxWatched);
    this.#hasSeries = maxSeries > 0;
    this.#now = now;
    this.#reviewedAt = now();
  }

  /** What a worker says has happened. */
  take(worker: number, { patterns, numbers }: HostDeltas): void {
    const nowMs = this.#now();
    for (const [index, pattern] of patterns.entries()) {
      const delta = { numbers, from: index * DELTA_FIELDS };
      const slot = this.#slotFor(pattern, delta, nowMs);
      this.#hosts.add(worker, slot, delta, nowMs);
      if (!this.#named.has(slot) || this.#unseen.has(slot)) addTo(this.#others, delta);
    }
    if (nowMs - this.#reviewedAt >= REVIEW_MS) this.#review(nowMs);
  }

  /** A worker died, and its sessions with it. */
  lost(worker: number): void {
    this.#hosts.lost(worker);
  }

  /** Rows of the busiest names lately, the busiest first: by sessions they have and had in the last minute. */
  busiest(limit: number): readonly HostRow[] {
    const nowMs = this.#now();
    return this.#hosts.busiest(limit, () => true, nowMs).map((slot) => this.#row(slot, nowMs));
  }

  /** For the exposition: the names that have series, and all others together. Nothing where there are to be none. */
  series(): HostSeriesList {
    if (!this.#hasSeries) return [];
    const slots = Int32Array.from(this.#named.slots());
    const named = slots.reduce((sum, slot) => sum + this.#activeOf(slot), 0);
    const active = Math.max(0, this.#hosts.active - named);
    return {
      length: slots.length + 1,
      at: (index) =>
        index < slots.length
          ? this.#seriesOf(slots[index]!)
          : seriesFrom(OTHER_HOSTS, active, this.#others, NOTHING),
    };
  }

  /** What `series` said has been scraped: names that were to go are gone, and the busiest take their places. */
  scraped(): void {
    for (const slot of this.#unseen) this.#before.set(slot, this.#hosts.totals(slot).slice());
    this.#unseen.clear();
    const gone = this.#named.scraped();
    for (const slot of gone) this.#before.delete(slot);
    if (gone.length === 0) return;
    const waiting = (slot: number) => !this.#named.has(slot);
    for (const slot of this.#hosts.busiest(gone.length, waiting, this.#now()))
      if (this.#name(slot)) this.#unseen.add(slot);
  }

  /** How many names have series, and had. */
  metrics(): readonly ControlMetric[] {
    return [
      controlMetric('sluice_host_series', () => [{ value: this.#named.size }]),
      controlMetric('sluice_host_series_dropped_total', () => [{ value: this.#named.dropped }]),
    ];
  }

  #slotFor(pattern: string, { numbers, from }: Delta, nowMs: number): number {
    const busyness = Math.max(0, numbers[from]!) + numbers[from + 1]!;
    const slot = this.#hosts.slotFor(pattern, busyness, nowMs);
    this.#name(slot);
    return slot;
  }

  #name(slot: number): boolean {
    if (!this.#named.admit(slot, this.#hosts.nameOf(slot))) return false;
    this.#before.set(slot, this.#hosts.totals(slot).slice());
    return true;
  }

  #review(nowMs: number): void {
    this.#reviewedAt = nowMs;
    this.#named.review(this.#hosts, nowMs);
  }

  #seriesOf(slot: number): HostSeries {
    const [name, active] = [this.#hosts.nameOf(slot), this.#activeOf(slot)];
    const totals = this.#hosts.totals(slot);
    return seriesFrom(
      name,
      active,
      totals,
      this.#unseen.has(slot) ? totals : this.#before.get(slot)!,
    );
  }

  // Where there were more names than are watched, it may have been watched from the middle of a session on.
  #activeOf(slot: number): number {
    return Math.max(0, this.#hosts.totals(slot)[0]!);
  }

  #row(slot: number, nowMs: number): HostRow {
    const [active, sessions, failed] = this.#hosts.totals(slot);
    const [bySession, byFailure, fromClient, fromBackend] = this.#hosts.rates(slot, nowMs);
    return {
      host: this.#hosts.nameOf(slot),
      active: Math.max(0, active!),
      sessionsPerSecond: bySession,
      failuresPerSecond: byFailure,
      bytesFromClientPerSecond: fromClient,
      bytesFromBackendPerSecond: fromBackend,
      sessions: sessions!,
      failed: failed!,
    };
  }
}

interface Delta {
  readonly numbers: Float64Array;
  readonly from: number;
}

function addTo(totals: Float64Array, { numbers, from }: Delta): void {
  for (let i = 0; i < DELTA_FIELDS; i++) totals[i]! += numbers[from + i]!;
}

/** What has come to its totals since. */
function seriesFrom(
  host: string,
  active: number,
  totals: Float64Array,
  since: Float64Array,
): HostSeries {
  return {
    host,
    active,
    sessions: totals[1]! - since[1]!,
    failed: totals[2]! - since[2]!,
    bytesFromClient: totals[3]! - since[3]!,
    bytesFromBackend: totals[4]! - since[4]!,
  };
}
