import { Registry, collectDefaultMetrics, type MetricValueWithName } from 'prom-client';
import { labelValues, type CounterLayout } from './counters.ts';
import { DATA_METRICS, type DataMetric, type DataMetricKey } from './metrics.ts';

// Each look at the event loop wakes the thread.
const LAG_PRECISION_MS = 100;

/** A series that the control plane knows, read when it is scraped. */
export interface ControlMetric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** Each value with its labels. Label values come from closed sets. */
  read(): readonly ControlValue[];
}

export interface ControlValue {
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
  /** Of a histogram: `NAME_bucket`, `NAME_sum` or `NAME_count`. */
  readonly metricName?: string;
}

const UNWANTED = [
  // Gauges that prom-client names `_total`, which `promtool check metrics` refuses.
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
  // It lists them all to count them, and nothing else happens meanwhile: with 200,000 for long.
  'process_open_fds',
  'process_max_fds',
];

/** A registry over the workers' cells and the control plane's own series. Text format 0.0.4. */
export function createRegistry(
  layout: CounterLayout,
  workers: readonly Float64Array[],
  control: readonly ControlMetric[],
): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LAG_PRECISION_MS });
  for (const name of UNWANTED) registry.removeSingleMetric(name);
  for (const key of Object.keys(DATA_METRICS) as DataMetricKey[]) {
    const metric: DataMetric = DATA_METRICS[key];
    register(registry, metric, () => dataValues(metric, layout.offsets[key], layout, workers));
  }
  for (const metric of control) {
    register(registry, metric, () =>
      metric.read().map(({ labels, ...rest }) => ({ ...rest, labels: { ...labels } })),
    );
  }
  return registry;
}

type Value = Omit<MetricValueWithName<string>, 'metricName'> & { metricName?: string };

// prom-client's own metric classes would hold every value a second time, and hash labels to find it.
function register(
  registry: Registry,
  metric: { name: string; help: string; type: string },
  values: () => Value[],
): void {
  const { name, help, type } = metric;
  const collector = {
    name,
    get: () => Promise.resolve({ name, help, type, aggregator: 'sum', values: values() }),
    reset: () => {},
  };
  registry.registerMetric(collector as unknown as Parameters<Registry['registerMetric']>[0]);
}

function dataValues(
  metric: DataMetric,
  offset: number,
  layout: CounterLayout,
  workers: readonly Float64Array[],
): Value[] {
  const read = (index: number) => workers.reduce((sum, cells) => sum + cells[offset + index]!, 0);
  if (metric.buckets !== undefined) return histogramValues(metric.name, metric.buckets, read);
  return labelCombinations(metric, layout.listeners).map((labels, index) => ({
    labels,
    value: read(index),
  }));
}

function histogramValues(
  name: string,
  buckets: readonly number[],
  read: (index: number) => number,
): Value[] {
  const values: Value[] = [];
  let count = 0;
  for (const [index, bound] of [...buckets, '+Inf'].entries()) {
    count += read(index);
    values.push({ metricName: `${name}_bucket`, labels: { le: String(bound) }, value: count });
  }
  values.push({ metricName: `${name}_sum`, labels: {}, value: read(buckets.length + 1) });
  values.push({ metricName: `${name}_count`, labels: {}, value: count });
  return values;
}

// In the order of the cells: the last label varies fastest.
function labelCombinations(
  metric: DataMetric,
  listeners: readonly string[],
): Record<string, string>[] {
  let combinations: Record<string, string>[] = [{}];
  for (const [label, set] of Object.entries(metric.labels)) {
    const values = labelValues(set, listeners);
    combinations = combinations.flatMap((labels) =>
      values.map((value) => ({ ...labels, [label]: value })),
    );
  }
  return combinations;
}
