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

/** The cells of one metric in one worker: a few array operations a call, which run several times a session. */
export class Series<K extends DataMetricKey> {
  readonly #cells: Float64Array;
  readonly #start: number;
  readonly #indexes: ReadonlyMap<string, number>;

  constructor(cells: Float64Array, start: number, indexes: ReadonlyMap<string, number>) {
    this.#cells = cells;
    this.#start = start;
    this.#indexes = indexes;
  }

  /** Add to the series of a closed set's value, of one listener where that is a label too. */
  add(value: LabelValue<K>, amount: number, listener = 0): void {
    const indexes = this.#indexes;
    this.#cells[this.#start + listener * indexes.size + indexes.get(value)!]! += amount;
  }
}

/** The cells of a histogram in one worker: one per bucket, one past the last, and the sum. */
export class Histogram {
  readonly #cells: Float64Array;
  readonly #start: number;
  readonly #bounds: readonly number[];

  constructor(cells: Float64Array, start: number, bounds: readonly number[]) {
    this.#cells = cells;
    this.#start = start;
    this.#bounds = bounds;
  }

  observe(seconds: number): void {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && seconds > bounds[bucket]!) bucket++;
    this.#cells[this.#start + bucket]! += 1;
    this.#cells[this.#start + bounds.length + 1]! += seconds;
  }
}

/** One worker's cells. Whoever counts asks for a metric's cells once, and keeps them. */
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
    this.cells[this.#offsets[key] + listener]! += amount;
  }

  /** The series of a metric with a closed label. */
  series<K extends DataMetricKey>(key: K): Series<K> {
    return new Series(this.cells, this.#offsets[key], valueIndexes(key));
  }

  histogram(key: DataMetricKey): Histogram {
    const { buckets }: DataMetric = DATA_METRICS[key];
    return new Histogram(this.cells, this.#offsets[key], buckets!);
  }

  /** All series of a metric that is no histogram, added up. */
  sum(key: DataMetricKey): number {
    const start = this.#offsets[key];
    const length = cellCount(DATA_METRICS[key], this.#listeners);
    return this.cells.subarray(start, start + length).reduce((sum, cell) => sum + cell, 0);
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

// Value → index in the closed set of a metric.
function valueIndexes(key: DataMetricKey): ReadonlyMap<string, number> {
  const sets: readonly LabelSet[] = Object.values(DATA_METRICS[key].labels);
  const closed = sets.find((set) => set !== 'listener');
  const values: readonly string[] = closed === undefined ? [] : LABEL_VALUES[closed];
  return new Map(values.map((value, index) => [value, index]));
}
