import {
  DATA_METRICS,
  LABEL_VALUES,
  type DataMetric,
  type DataMetricKey,
  type LabelSet,
} from './metrics.ts';

/**
 * Where every series of the data plane has its cell. A worker has one `Float64Array` of `length`
 * cells in shared memory and is its only writer; the control plane adds the workers up at scrape.
 */
export interface CounterLayout {
  readonly length: number;
  readonly listeners: readonly string[];
  readonly offsets: Readonly<Record<DataMetricKey, number>>;
}

const METRIC_KEYS = Object.keys(DATA_METRICS) as readonly DataMetricKey[];

export function layoutCounters(listeners: readonly string[]): CounterLayout {
  const offsets: Partial<Record<DataMetricKey, number>> = {};
  let length = 0;
  for (const key of METRIC_KEYS) {
    offsets[key] = length;
    length += cellCount(DATA_METRICS[key], listeners);
  }
  return { length, listeners, offsets: offsets as Record<DataMetricKey, number> };
}

/** The values a label can take. */
export function labelValues(set: LabelSet, listeners: readonly string[]): readonly string[] {
  return set === 'listener' ? listeners : LABEL_VALUES[set];
}

type Labels<K extends DataMetricKey> = (typeof DATA_METRICS)[K]['labels'];
type ClosedSet<K extends DataMetricKey> = Exclude<Labels<K>[keyof Labels<K>], 'listener'>;

/** The values that the closed label of a metric can take. */
export type LabelValue<K extends DataMetricKey> = (typeof LABEL_VALUES)[ClosedSet<K> &
  keyof typeof LABEL_VALUES][number];

/** One worker's cells. Every method is a few array operations: they run several times a session. */
export class Counters {
  readonly cells: Float64Array;
  readonly #offsets: CounterLayout['offsets'];
  readonly #listeners: readonly string[];

  constructor(layout: CounterLayout, cells: Float64Array) {
    this.cells = cells;
    this.#offsets = layout.offsets;
    this.#listeners = layout.listeners;
  }

  /** Add to an unlabelled series, or to that of a listener where `listener` is the only label. */
  add(key: DataMetricKey, amount: number, listener = 0): void {
    this.#bump(this.#offsets[key] + listener, amount);
  }

  /** Add to a series with the listener first and the value of a closed set second. */
  addFor<K extends DataMetricKey>(
    key: K,
    listener: number,
    value: LabelValue<K>,
    amount: number,
  ): void {
    const indexes = VALUE_INDEXES[key];
    this.#bump(this.#offsets[key] + listener * indexes.size + indexes.get(value)!, amount);
  }

  /** Add to the series of a closed set's value. */
  addValue<K extends DataMetricKey>(key: K, value: LabelValue<K>, amount = 1): void {
    this.#bump(this.#offsets[key] + VALUE_INDEXES[key].get(value)!, amount);
  }

  /** All series of a metric that is no histogram, added up. */
  sum(key: DataMetricKey): number {
    const start = this.#offsets[key];
    const length = cellCount(DATA_METRICS[key], this.#listeners);
    return this.cells.subarray(start, start + length).reduce((sum, cell) => sum + cell, 0);
  }

  /** Record a duration in a histogram: cells are one per bucket, one past the last, and the sum. */
  observe(key: DataMetricKey, seconds: number): void {
    const { buckets }: DataMetric = DATA_METRICS[key];
    const bounds = buckets!;
    let bucket = 0;
    while (bucket < bounds.length && seconds > bounds[bucket]!) bucket++;
    this.#bump(this.#offsets[key] + bucket, 1);
    this.#bump(this.#offsets[key] + bounds.length + 1, seconds);
  }

  #bump(cell: number, amount: number): void {
    this.cells[cell]! += amount;
  }
}

/** Set a worker's gauges to zero, because it died. What it counted stays. */
export function clearGauges(layout: CounterLayout, cells: Float64Array): void {
  for (const key of METRIC_KEYS) {
    if (DATA_METRICS[key].type !== 'gauge') continue;
    const start = layout.offsets[key];
    cells.fill(0, start, start + cellCount(DATA_METRICS[key], layout.listeners));
  }
}

function cellCount(metric: DataMetric, listeners: readonly string[]): number {
  if (metric.buckets !== undefined) return metric.buckets.length + 2;
  const sizes = Object.values(metric.labels).map((set) => labelValues(set, listeners).length);
  return sizes.reduce((product, size) => product * size, 1);
}

// Value → index in the closed set of each metric; empty where it has none.
const VALUE_INDEXES = Object.fromEntries(
  METRIC_KEYS.map((key) => {
    const sets: readonly LabelSet[] = Object.values(DATA_METRICS[key].labels);
    const closed = sets.find((set) => set !== 'listener');
    const values: readonly string[] = closed === undefined ? [] : LABEL_VALUES[closed];
    return [key, new Map(values.map((value, index) => [value, index]))];
  }),
) as Record<string, unknown> as Readonly<Record<DataMetricKey, ReadonlyMap<string, number>>>;
