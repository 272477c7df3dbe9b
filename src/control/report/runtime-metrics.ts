import type { ControlMetric, ControlValue } from '../../account/exposition.ts';
import { controlMetric } from '../../account/metrics/control-metric.ts';
import { WAIT_BOUNDS, WAIT_CELLS } from '../../engine/turn-waits.ts';
import type { RuntimeFacts } from '../runtime/runtime-health.ts';

/** Where the numbers are when they are scraped. */
export interface RuntimeNumbers {
  readonly facts: () => RuntimeFacts;
  /** The cells of each worker's `TurnWaits`. */
  readonly waits: readonly Float64Array[];
  readonly routeAgeMs: () => number;
  /** Access lines that wait to be written, in bytes. */
  readonly logQueued: () => number;
  /** Lines of the edge's own log that were lost. */
  readonly ownLinesDropped: () => number;
}

const WAITS = 'sluice_worker_wait_seconds';

/** The series about the process itself. */
export function runtimeMetrics(numbers: RuntimeNumbers): readonly ControlMetric[] {
  const { facts } = numbers;
  return [
    controlMetric(WAITS, () => waitValues(numbers.waits)),
    controlMetric('sluice_control_lag_p99_seconds', () => known(facts().lagP99Ms, 1000)),
    controlMetric('sluice_route_age_seconds', () => known(numbers.routeAgeMs(), 1000)),
    controlMetric('sluice_access_log_queued_bytes', () => known(numbers.logQueued())),
    controlMetric('sluice_log_lines_dropped_total', () => known(numbers.ownLinesDropped())),
    controlMetric('process_open_fds', () => known(facts().openDescriptors)),
    controlMetric('process_max_fds', () => known(facts().maxDescriptors)),
  ];
}

function known(value: number | null, unit = 1): readonly ControlValue[] {
  return value === null ? [] : [{ value: value / unit }];
}

function waitValues(workers: readonly Float64Array[]): readonly ControlValue[] {
  const read = (cell: number) => workers.reduce((sum, cells) => sum + cells[cell]!, 0);
  const values: ControlValue[] = [];
  let count = 0;
  for (const [bucket, bound] of [...WAIT_BOUNDS, '+Inf'].entries()) {
    count += read(bucket);
    values.push({ metricName: `${WAITS}_bucket`, labels: { le: String(bound) }, value: count });
  }
  values.push({ metricName: `${WAITS}_sum`, value: read(WAIT_CELLS - 1) });
  values.push({ metricName: `${WAITS}_count`, value: count });
  return values;
}
