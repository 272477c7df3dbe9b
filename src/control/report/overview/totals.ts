import { labelValues, type CounterLayout } from '../../../account/counters.ts';
import { DATA_METRICS, type DataMetric, type DataMetricKey } from '../../../account/metrics.ts';

/** What the workers have counted, added up. */
export class Totals {
  readonly #layout: CounterLayout;
  readonly #workers: readonly Float64Array[];

  constructor(layout: CounterLayout, workers: readonly Float64Array[]) {
    this.#layout = layout;
    this.#workers = workers;
  }

  /** All series of a metric that is no histogram. */
  sum(key: DataMetricKey): number {
    return this.byValue(key).reduce((sum, each) => sum + each, 0);
  }

  /** A metric by the values of its closed label, in their order, over all listeners. */
  byValue(key: DataMetricKey): number[] {
    const { labels }: DataMetric = DATA_METRICS[key];
    const sets = Object.values(labels);
    const size = (set: (typeof sets)[number]) => labelValues(set, this.#layout.listeners).length;
    const cells = sets.reduce((product, set) => product * size(set), 1);
    const closed = sets.find((set) => set !== 'listener');
    const sums = Array.from({ length: closed === undefined ? 1 : size(closed) }, () => 0);
    // The last label varies fastest, and a listener always comes first.
    for (let cell = 0; cell < cells; cell++) sums[cell % sums.length]! += this.#read(key, cell);
    return sums;
  }

  /** How many were counted in each bucket of a histogram, and one past the last. */
  buckets(key: DataMetricKey): number[] {
    const { buckets = [] }: DataMetric = DATA_METRICS[key];
    return Array.from({ length: buckets.length + 1 }, (_, bucket) => this.#read(key, bucket));
  }

  #read(key: DataMetricKey, cell: number): number {
    const at = this.#layout.offsets[key] + cell;
    let sum = 0;
    for (const cells of this.#workers) sum += cells[at]!;
    return sum;
  }
}
