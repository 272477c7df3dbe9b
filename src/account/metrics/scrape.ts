import { setImmediate } from 'node:timers/promises';
import type { Registry } from 'prom-client';
import type { HostSeriesList } from './host-series.ts';
import { writeHostSeries } from './host-text.ts';

/** Where the series of hosts are when they are scraped. */
export interface ScrapedHosts {
  series(): HostSeriesList;
  /** What `series` said has been written. */
  scraped(): void;
}

/** The exposition, in UTF-8, and its content type. However much there is of it, others have their turns meanwhile. */
export async function scrape(
  registry: Registry,
  hosts: ScrapedHosts,
): Promise<{ readonly type: string; readonly text: Buffer }> {
  const own = Buffer.from(await registry.metrics());
  await setImmediate();
  const series = hosts.series();
  await setImmediate();
  const written = await writeHostSeries(series, () => setImmediate());
  if (series.length > 0) hosts.scraped();
  await setImmediate();
  const text = Buffer.concat([own, ...written]);
  await setImmediate();
  return { type: registry.contentType, text };
}
