import { LABEL_VALUES, DATA_METRICS } from '../../../account/metrics.ts';
import { isFailure } from '../../../termination.ts';
import type { Quantiles, Rates } from './overview.ts';
import { quantile } from './quantile.ts';
import type { Totals } from './totals.ts';

/** Samples a second apart: one more than the longest stretch that is looked back over. */
const SAMPLES = 61;
/** Rates are those between this many samples: a late timer makes them no fewer. */
const RATE_SAMPLES = 6;

interface Sample {
  readonly at: number;
  readonly counts: Rates;
  readonly connects: readonly number[];
}

/**
 * The last minute of what the workers counted. Sampling is a few hundred additions, so that it goes on while
 * nobody looks and the first look sees rates.
 */
export class History {
  readonly #totals: Totals;
  readonly #samples: Sample[] = [];

  constructor(totals: Totals) {
    this.#totals = totals;
  }

  /** Once a second. `now` is in milliseconds, of any clock that never goes back. */
  sample(now: number): void {
    this.#samples.push({
      at: now,
      counts: this.#count(),
      connects: this.#totals.buckets('connectSeconds'),
    });
    if (this.#samples.length > SAMPLES) this.#samples.shift();
  }

  /** A second, over the last five. */
  rates(): Rates {
    const last = this.#samples.at(-1);
    const first = this.#samples.at(-RATE_SAMPLES) ?? this.#samples[0];
    const seconds = last === undefined ? 0 : (last.at - first!.at) / 1000;
    const rate = (key: keyof Rates) =>
      seconds === 0 ? 0 : (last!.counts[key] - first!.counts[key]) / seconds;
    return {
      sessions: rate('sessions'),
      failures: rate('failures'),
      bytesFromClient: rate('bytesFromClient'),
      bytesFromBackend: rate('bytesFromBackend'),
      retries: rate('retries'),
      limited: rate('limited'),
    };
  }

  /** Of the connects of the last minute that succeeded. */
  connectMs(): Quantiles {
    const first = this.#samples[0]?.connects ?? [];
    const last = this.#samples.at(-1)?.connects ?? [];
    const counts = last.map((count, bucket) => count - first[bucket]!);
    const { buckets } = DATA_METRICS.connectSeconds;
    const of = (share: number) => {
      const seconds = quantile(share, buckets, counts);
      return seconds === null ? null : seconds * 1000;
    };
    return { p50: of(0.5), p99: of(0.99) };
  }

  #count(): Rates {
    const totals = this.#totals;
    const ended = totals.byValue('sessions');
    const failures = LABEL_VALUES.termination
      .map((termination, i) => (isFailure(termination) ? ended[i]! : 0))
      .reduce((sum, each) => sum + each, 0);
    const [bytesFromClient = 0, bytesFromBackend = 0] = totals.byValue('bytes');
    return {
      sessions: totals.sum('connections'),
      failures,
      bytesFromClient,
      bytesFromBackend,
      retries: totals.sum('retries'),
      limited: totals.sum('limited'),
    };
  }
}
