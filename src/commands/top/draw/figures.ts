const UNITS = ['', 'k', 'M', 'G', 'T', 'P'] as const;

/** A whole number in six places at most: `12,345`, then `123k`, `1.2M`. */
export function count(value: number): string {
  return value < 100_000 ? value.toLocaleString('en-US') : scaled(value);
}

/** What happens in a second, in four places at most: `0.2`, `12`, `1.2k`. */
export function rate(value: number): string {
  if (value === 0) return '0';
  return value < 0.05 ? '<0.1' : scaled(value);
}

/** Bytes, in four places at most: `999`, `1.2k`, `12M`. */
export function bytes(value: number): string {
  return value < 1000 ? String(Math.round(value)) : scaled(value);
}

/** Milliseconds, in four places at most; `-` where there are none. */
export function milliseconds(value: number | null): string {
  if (value === null) return '-';
  if (value >= 10_000) return `${Math.round(value / 1000)}s`;
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}

/** Seconds as `04:12:33`, with days before it where there are any: `3d 04:12:33`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [whole / 3600, whole / 60, whole].map((part, i) =>
    String(Math.floor(part) % (i === 0 ? 24 : 60)).padStart(2, '0'),
  );
  const days = Math.floor(whole / 86_400);
  return `${days === 0 ? '' : `${days}d `}${parts.join(':')}`;
}

function scaled(value: number): string {
  let power = 0;
  let left = value;
  while (left >= 999.5 && power < UNITS.length - 1) {
    left /= 1000;
    power++;
  }
  return `${left < 9.95 ? left.toFixed(1) : Math.round(left)}${UNITS[power]}`;
}
