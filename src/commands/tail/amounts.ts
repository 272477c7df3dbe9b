const NONE = '-';

/** Milliseconds in six characters at most: `0.4ms`, `12.3s`, `1.5h`. */
export function millisecondsText(value: unknown): string {
  if (!isAmount(value)) return NONE;
  if (value < 9.95) return `${value.toFixed(1)}ms`;
  if (value < 9999.5) return `${value.toFixed(0)}ms`;
  if (value < 600_000) return `${(value / 1000).toFixed(1)}s`;
  return value < 6_000_000 ? `${(value / 60_000).toFixed(0)}min` : hours(value / 3_600_000);
}

function hours(value: number): string {
  return value < 1000 ? `${value.toFixed(1)}h` : `${(value / 24).toFixed(0)}d`;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes in six characters at most, by the thousand: `12B`, `3.4MB`. */
export function bytesText(value: unknown): string {
  if (!isAmount(value)) return NONE;
  let amount = value;
  let unit = 0;
  while (amount >= 999.5 && unit < UNITS.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || amount >= 99.95 ? 0 : 1;
  return `${amount.toFixed(digits)}${UNITS[unit]}`;
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0;
}
