import type { ControlMetric, ControlValue } from '../exposition.ts';
import { CONTROL_METRICS, type ControlMetricName } from './control.ts';

/** A row of the table, and where its values are when it is scraped. */
export function controlMetric(
  name: ControlMetricName,
  read: () => readonly ControlValue[],
): ControlMetric {
  const { type, help } = CONTROL_METRICS[name];
  return { name, type, help, read };
}
