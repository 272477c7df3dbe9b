import type { RouteRecord } from '../routes/route-record.ts';
import type {
  EarlierRoutes,
  RouteSink,
  RouteSource,
  SourceLog,
  SourceStatus,
  WakerCall,
} from '../source.ts';
import { SnapshotKeeper } from './keeper.ts';
import { StandIn } from './stand-in.ts';

export interface SnapshotOptions {
  /** The file; its folder has to be there. */
  readonly path: string;
  /** What stands in front of the source's keys: a snapshot of other keys is not used. */
  readonly prefix: string;
  readonly database: number;
  /** Routes that may be told: a snapshot of more is not used. */
  readonly maxRoutes: number;
  readonly log: SourceLog;
  readonly writeMs?: number;
}

/** A source whose routes are also on the disk: there it starts from when its own cannot be read. */
export function withSnapshot(source: RouteSource, options: SnapshotOptions): RouteSource {
  return new SnapshotSource(source, options);
}

class SnapshotSource implements RouteSource {
  readonly #inner: RouteSource;
  readonly #keeper: SnapshotKeeper;
  readonly #standIn: StandIn;
  #adopting = false;
  /** Names were looked up in the file, and what was not in it has not been forgotten since. */
  #isAskedInstead = false;

  constructor(inner: RouteSource, options: SnapshotOptions) {
    this.#inner = inner;
    this.#keeper = new SnapshotKeeper(inner, options);
    this.#standIn = new StandIn(inner, {
      ...options,
      adopt: (earlier) => this.adopt(earlier),
      onFound: (asOf) => this.#keeper.found(asOf),
    });
  }

  get status(): SourceStatus {
    const kept = this.#keeper.status;
    const { loading, problem } = this.#standIn;
    const snapshot = { ...kept, loading, problem: kept.problem ?? problem };
    return { ...this.#inner.status, snapshot };
  }

  get routes(): ReadonlyMap<string, RouteRecord> {
    return this.#inner.routes ?? new Map();
  }

  /** A route that was added after the snapshot was written is not in it. */
  get mayLackRoutes(): boolean {
    return this.#isAskedInstead || this.#inner.status.snapshotAt !== null;
  }

  start(sink: RouteSink): void {
    this.#standIn.start();
    this.#inner.start(this.#watched(sink), this.#standIn.loaded);
    this.#keeper.start();
  }

  adopt(earlier: EarlierRoutes): void {
    this.#adopting = true;
    this.#inner.adopt?.(earlier);
    this.#adopting = false;
  }

  async read(patterns: readonly string[]): Promise<ReadonlyMap<string, RouteRecord>> {
    if (this.#inner.read === undefined || !this.#inner.status.connected) {
      return this.#find(patterns);
    }
    return this.#inner.read(patterns).catch(() => this.#find(patterns));
  }

  async callWaker(name: string): Promise<WakerCall> {
    if (this.#inner.callWaker === undefined) throw new Error('there is nobody to call');
    return this.#inner.callWaker(name);
  }

  async close(): Promise<void> {
    await this.#standIn.close();
    await this.#inner.close();
    await this.#keeper.close();
  }

  #find(patterns: readonly string[]): Promise<ReadonlyMap<string, RouteRecord>> {
    if (!this.#inner.status.ready) this.#isAskedInstead = true;
    return this.#standIn.find(patterns);
  }

  #watched(sink: RouteSink): RouteSink {
    return {
      replace: (all) => {
        this.#isAskedInstead = false;
        this.#keeper.suspended = false;
        if (!this.#adopting) this.#keeper.changed();
        sink.replace(all);
      },
      change: (key, record) => {
        this.#keeper.changed();
        sink.change(key, record);
      },
      ...(sink.tooMany !== undefined && {
        tooMany: () => {
          // What was too large to be told cannot be written, and what is in the file grows old.
          this.#keeper.suspended = true;
          sink.tooMany?.();
        },
      }),
      outdated: (keys) => {
        if (keys === null) this.#isAskedInstead = false;
        sink.outdated?.(keys);
      },
      onProblem: (key, reason) => sink.onProblem(key, reason),
    };
  }
}
