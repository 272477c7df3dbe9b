import { probe, type ProbeManner, type ProbeTarget } from './probe.ts';
import { PROBE_KINDS, PROBE_RESULTS, type ProbeVerdict } from './verdict.ts';

/** Probes at once, of the whole edge: each is a descriptor, and a backend that hangs holds one until the timeout. */
const MAX_PROBES = 64;
const BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] as const;

/** What the metrics say of probes: closed sets of labels, no hosts. */
export interface ProbeCounts {
  /** `kind result` to how many; every pair is there. */
  readonly ended: ReadonlyMap<string, number>;
  /** How many took no longer than each bound, cumulative; the last is all of them. */
  readonly buckets: readonly { readonly le: string; readonly count: number }[];
  readonly seconds: number;
}

/** Runs probes, no more than a bound at once, and counts them. */
export class Prober {
  readonly #manner: ProbeManner;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<ProbeVerdict>>();
  readonly #ended = new Map(
    PROBE_KINDS.flatMap((kind) => PROBE_RESULTS.map((result) => [`${kind} ${result}`, 0])),
  );
  readonly #durations = [...BUCKETS_S, Infinity].map(() => 0);
  #seconds = 0;

  constructor(manner: ProbeManner) {
    this.#manner = manner;
  }

  /** How many more may be started now. */
  get room(): number {
    return MAX_PROBES - this.#running.size;
  }

  /** Probe now. The caller has looked at `room`. Never rejects. */
  async probe(target: ProbeTarget): Promise<ProbeVerdict> {
    const began = performance.now();
    const running = probe(target, this.#manner, this.#closing.signal);
    this.#running.add(running);
    try {
      const verdict = await running;
      this.#count(`${target.kind} ${verdict.result}`, (performance.now() - began) / 1000);
      return verdict;
    } finally {
      this.#running.delete(running);
    }
  }

  counts(): ProbeCounts {
    let count = 0;
    const buckets = [...BUCKETS_S.map(String), '+Inf'].map((le, index) => {
      count += this.#durations[index]!;
      return { le, count };
    });
    return { ended: this.#ended, buckets, seconds: this.#seconds };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#running);
  }

  #count(key: string, seconds: number): void {
    this.#ended.set(key, (this.#ended.get(key) ?? 0) + 1);
    this.#seconds += seconds;
    const bucket = BUCKETS_S.findIndex((bound) => seconds <= bound);
    const index = bucket === -1 ? BUCKETS_S.length : bucket;
    this.#durations[index] = this.#durations[index]! + 1;
  }
}
