import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterPlace } from '../../../config/redis/place.ts';
import { RedisSource } from '../redis.ts';
import { redisProblem } from '../redis/problem.ts';
import type { RouteRecord } from '../routes/route-record.ts';
import type {
  EarlierRoutes,
  RouteSink,
  RouteSource,
  SourceLog,
  SourceStatus,
  WakerCall,
} from '../source.ts';
import { MergedRoutes } from './merged-routes.ts';
import { mergeStatus } from './status.ts';
import { readTopology, type ClusterMaster, type Topology } from './topology.ts';

/** How often a node is asked who the masters are. A new one has no slot for longer than that. */
const LOOK_MS = 2000;
/** The same while something is wrong, or missing. */
const SOON_MS = 500;
const MAX_MISSED = 2;

export interface ClusterSourceOptions {
  readonly place: ClusterPlace;
  /** What stands in front of every key. */
  readonly prefix: string;
  readonly log: SourceLog;
  readonly reconcileMs?: number;
}

/** A master, followed by itself. */
interface Followed {
  readonly master: ClusterMaster;
  readonly source: RedisSource;
  /** Everything it has was read at least once. */
  isRead: boolean;
  /** Looks in a row that did not find it among the masters. */
  missed: number;
}

/**
 * Routes from a Redis Cluster: every master is followed as a single Redis is, and what they have is one
 * table. A master that vanishes takes nothing away before all that are there have been read.
 */
export class ClusterSource implements RouteSource {
  readonly #options: ClusterSourceOptions;
  readonly #closing = new AbortController();
  readonly #masters = new Map<string, Followed>();
  /** Vanished and not followed any more; what they had is still in the table. */
  #retired: Followed[] = [];
  #merged: MergedRoutes | null = null;
  #running: Promise<void> | null = null;
  #isWhole = false;
  /** The table is that of the cluster, and not an earlier one. */
  #isComplete = false;
  #adoptedAt: number | null = null;
  #problem: string | null = 'not connected yet';

  constructor(options: ClusterSourceOptions) {
    this.#options = options;
  }

  get status(): SourceStatus {
    const masters = [...this.#masters.values()].map(({ source }) => source.status);
    const whole = {
      from: this.#options.place.shown,
      ready: this.#merged?.ready ?? false,
      routes: this.routes.size,
      snapshotAt: this.#isComplete ? null : this.#adoptedAt,
      problem: this.#problem ?? (this.#isWhole ? null : 'some slots of the cluster have no master'),
    };
    return mergeStatus(whole, masters);
  }

  get routes(): ReadonlyMap<string, RouteRecord> {
    return this.#merged?.routes ?? new Map();
  }

  start(sink: RouteSink): void {
    this.#merged ??= new MergedRoutes(sink, () => this.#tables());
    this.#running ??= this.#run(sink);
  }

  adopt({ routes, asOf }: EarlierRoutes): void {
    if (this.#merged === null || this.#merged.ready) return;
    this.#adoptedAt = asOf;
    this.#merged.adopt(routes.routes);
  }

  async callWaker(name: string): Promise<WakerCall> {
    for (const { source } of this.#masters.values()) {
      if (!source.status.connected) continue;
      const call = await source.callWaker(name);
      if (call !== 'elsewhere') return call;
    }
    throw new Error('no node of the cluster can be asked');
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#merged?.close();
    await Promise.all([...this.#masters.values()].map(({ source }) => source.close()));
    await this.#running;
  }

  async #run(sink: RouteSink): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const topology = await this.#look();
      if (signal.aborted) return;
      if (topology !== null) this.#follow(topology, sink);
      await sleep(this.#nextLook(), undefined, { signal }).catch(() => {});
    }
  }

  async #look(): Promise<Topology | null> {
    const { place, log } = this.#options;
    const known = [...this.#masters.values()].map(({ master }) => master.address);
    try {
      const topology = await readTopology(place, known, this.#closing.signal);
      this.#problem = null;
      return topology;
    } catch (error) {
      const problem = redisProblem(error);
      const isNews = this.#problem === null || this.#masters.size === 0;
      if (isNews && this.#problem !== problem) {
        log.warn({ redis: place.shown, problem }, 'nobody knows which masters the cluster has');
      }
      this.#problem = problem;
      return null;
    }
  }

  #follow({ masters, whole }: Topology, sink: RouteSink): void {
    this.#isWhole = whole;
    const present = new Map(masters.map((master) => [keyOf(master), master]));
    for (const [key, followed] of this.#masters) {
      // A single look may have been at a node with yesterday's view.
      followed.missed = present.has(key) ? 0 : followed.missed + 1;
      if (followed.missed < MAX_MISSED) continue;
      this.#masters.delete(key);
      this.#retired.push(followed);
      void followed.source.close();
    }
    for (const [key, master] of present) {
      const known = this.#masters.get(key);
      if (known === undefined) this.#begin(key, master, sink);
      else this.#masters.set(key, Object.assign(known, { master }));
    }
    this.#settle();
  }

  #begin(key: string, master: ClusterMaster, sink: RouteSink): void {
    const { prefix, log, reconcileMs } = this.#options;
    const period = reconcileMs === undefined ? {} : { reconcileMs };
    const source = new RedisSource({ address: master.address, prefix, log, ...period });
    const followed: Followed = { master, source, isRead: false, missed: 0 };
    this.#masters.set(key, followed);
    source.start({
      replace: () => {
        followed.isRead = true;
        this.#settle();
        if (this.#isComplete) this.#merged!.rebuild();
      },
      change: (pattern) => {
        if (this.#isComplete) this.#merged!.changed(pattern);
      },
      onProblem: (pattern, reason) => sink.onProblem(pattern, reason),
    });
  }

  // Only when every slot was read somewhere is it known what is not there.
  #settle(): void {
    const all = [...this.#masters.values()];
    if (!this.#isWhole || !all.every(({ isRead, master }) => isRead || master.slots === 0)) return;
    if (this.#isComplete && this.#retired.length === 0) return;
    this.#isComplete = true;
    this.#retired = [];
    this.#merged!.rebuild();
  }

  #nextLook(): number {
    const isCalm = this.#isComplete && this.#problem === null && this.#retired.length === 0;
    const areThere = [...this.#masters.values()].every(
      ({ source, missed }) => missed === 0 && source.status.connected,
    );
    return isCalm && areThere ? LOOK_MS : SOON_MS;
  }

  #tables(): ReadonlyMap<string, RouteRecord>[] {
    return [...this.#masters.values(), ...this.#retired].map(({ source }) => source.routes);
  }
}

/** A node that comes back at another address is connected to anew. */
function keyOf({ id, address }: ClusterMaster): string {
  return `${id} ${address.shown}`;
}
