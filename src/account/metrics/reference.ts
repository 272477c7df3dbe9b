import { LABEL_VALUES, DATA_METRICS, type DataMetric, type LabelSet } from '../metrics.ts';
import { CONTROL_METRICS, type MetricRow } from './control.ts';

/** A metric as the reference has it. */
export interface DocumentedMetric {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly unit: string;
  readonly help: string;
  readonly labels: MetricRow['labels'];
}

/** Every metric that sluice has of its own, of both planes, by name. */
export function documentedMetrics(): readonly DocumentedMetric[] {
  const ofData = Object.values(DATA_METRICS).map(documentData);
  const ofControl = Object.entries(CONTROL_METRICS).map(([name, row]: [string, MetricRow]) => ({
    name,
    unit: unitOf(name),
    ...row,
  }));
  return [...ofData, ...ofControl].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The reference as a table in Markdown. */
export function renderMetricsTable(): string {
  const rows = documentedMetrics().map(
    ({ name, type, unit, help, labels }) =>
      `| \`${name}\` | ${type} | ${unit} | ${help} | ${describeLabels(labels)} |`,
  );
  return [
    '| metric | type | unit | what it says | labels |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function documentData(metric: DataMetric): DocumentedMetric {
  const { name, type, help } = metric;
  const labels = Object.entries(metric.labels).map(([label, set]) => [label, valuesOf(set)]);
  return { name, type, unit: unitOf(name), help, labels: Object.fromEntries(labels) };
}

function valuesOf(set: LabelSet): readonly string[] | string {
  if (set === 'listener') return 'as configured';
  return set === 'termination' ? 'as in the access log' : LABEL_VALUES[set];
}

// Base units, and the name says which: as Prometheus has it.
function unitOf(name: string): string {
  if (name.endsWith('_timestamp_seconds')) return 'Unix time';
  if (name.endsWith('_seconds')) return 'seconds';
  return /_bytes(?:_total)?$/.test(name) ? 'bytes' : '';
}

function describeLabels(labels: MetricRow['labels']): string {
  return Object.entries(labels)
    .map(([label, values]) => {
      const from = typeof values === 'string' ? values : values.map((v) => `\`${v}\``).join(' ');
      return `\`${label}\`: ${from}`;
    })
    .join('; ');
}
