import type { ControlMetric } from '../../account/exposition.ts';
import { controlMetric } from '../../account/metrics/control-metric.ts';
import type { ProbeCounts } from './probe/prober.ts';
import type { RumourResult } from './shared/rumours.ts';

/** Where the numbers are when they are scraped. */
export interface HealthNumbers {
  readonly probes: () => ProbeCounts;
  readonly shared: () => Readonly<Record<RumourResult | 'told' | 'withheld', number>>;
}

const DURATION = 'sluice_probe_duration_seconds';

/** The series about the health of backends. No label says which backend, or which host. */
export function healthMetrics(numbers: HealthNumbers): readonly ControlMetric[] {
  return [
    controlMetric('sluice_shared_ejections_total', () => labelled('result', numbers.shared())),
    controlMetric('sluice_probes_total', () =>
      [...numbers.probes().ended].map(([key, value]) => {
        const [kind = '', result = ''] = key.split(' ');
        return { value, labels: { kind, result } };
      }),
    ),
    controlMetric(DURATION, () => durations(numbers.probes())),
  ];
}

function durations({ buckets, seconds }: ProbeCounts) {
  return [
    ...buckets.map(({ le, count }) => ({
      metricName: `${DURATION}_bucket`,
      labels: { le },
      value: count,
    })),
    { metricName: `${DURATION}_sum`, value: seconds },
    { metricName: `${DURATION}_count`, value: buckets.at(-1)!.count },
  ];
}

function labelled(label: string, counts: Readonly<Record<string, number>>) {
  return Object.entries(counts).map(([name, value]) => ({ value, labels: { [label]: name } }));
}
