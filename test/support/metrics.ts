/** A scrape: `name{labels}`, exactly as printed, to its value. */
export type Metrics = ReadonlyMap<string, number>;

/** Read the Prometheus text format. */
export function readMetrics(exposition: string): Metrics {
  const samples = exposition.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    samples.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))] as const;
    }),
  );
}

/** The sum of all series of a metric that have these labels, whatever others they have. */
export function sumOf(
  metrics: Metrics,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  let sum = 0;
  for (const [series, value] of metrics) {
    const [, own, rest = ''] = /^([^{]+)(?:\{(.*)\})?$/.exec(series)!;
    const has = new Set(rest.split(/,(?=\w+=")/));
    if (own === name && wanted.every((label) => has.has(label))) sum += value;
  }
  return sum;
}
