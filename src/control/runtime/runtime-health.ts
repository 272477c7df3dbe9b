import { descriptorLimit } from '../workers/descriptor-limit.ts';
import { OpenDescriptors } from './open-descriptors.ts';
import { RecentLag } from './recent-lag.ts';
import { RecentWaits } from './recent-waits.ts';

/** What the process itself is like, over the last half minute to a minute where it is a percentile. */
export interface RuntimeFacts {
  /** How late the control plane's own event loop was; `null` until that was measured. */
  readonly lagP99Ms: number | null;
  readonly rssBytes: number;
  /** Of the control plane: a worker has a heap of its own. */
  readonly heapBytes: number;
  /** `null` where the system does not tell. */
  readonly openDescriptors: number | null;
  readonly maxDescriptors: number | null;
  /** Sessions that wait for a backend. */
  readonly queued: number;
  /** One a worker, in their order. */
  readonly workers: readonly WorkerWaits[];
}

export interface WorkerWaits {
  /** How long, at most, an event that was ready waited for its turn; `null` where nothing happened. */
  readonly waitP99Ms: number | null;
}

const TURN_MS = 30_000;

/** Watches how the process does. Reading it costs some microseconds. */
export class RuntimeHealth implements Disposable {
  readonly #lag = new RecentLag();
  readonly #waits: readonly RecentWaits[];
  readonly #descriptors = new OpenDescriptors();
  readonly #maxDescriptors = descriptorLimit();
  readonly #queued: () => number;
  readonly #timer: NodeJS.Timeout;

  /** `waits` are the cells of each worker's `TurnWaits`. */
  constructor(waits: readonly Float64Array[], queued: () => number) {
    this.#waits = waits.map((cells) => new RecentWaits(cells));
    this.#queued = queued;
    this.#timer = setInterval(() => this.#turn(), TURN_MS);
    this.#timer.unref();
  }

  read(): RuntimeFacts {
    return {
      lagP99Ms: this.#lag.p99Ms,
      rssBytes: process.memoryUsage.rss(),
      heapBytes: process.memoryUsage().heapUsed,
      openDescriptors: this.#descriptors.count(),
      maxDescriptors: this.#maxDescriptors,
      queued: this.#queued(),
      workers: this.#waits.map(({ p99Ms }) => ({ waitP99Ms: p99Ms })),
    };
  }

  /** The start is over: how late the loop was meanwhile says nothing of how late it is. */
  started(): void {
    this.#lag.forget();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#lag[Symbol.dispose]();
  }

  #turn(): void {
    this.#lag.turn();
    for (const waits of this.#waits) waits.turn();
  }
}
