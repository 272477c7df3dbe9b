import { printable } from '../../account/printable.ts';
import { formatEndpoint } from '../../address.ts';
import { listed, NO_HOST, patternsFor } from '../../control/report/edge-report.ts';
import type { ListedRoute, RoutesPage } from '../../control/report/listing.ts';
import { walkRoutes, readRecords } from '../../control/report/redis-routes.ts';
import { ConfigError } from '../../config/config-error.ts';
import type { CommandInput } from '../command.ts';
import { askEdge, type Edge } from './ask-edge.ts';
import { isOn, numberOf } from './flags.ts';
import { jsonLine, print } from './output.ts';
import { withRedis } from './redis.ts';
import { asksRedis, readSettings } from './settings.ts';
import { formatTable, terminalWidth } from './table.ts';

/** Routes of one page: each is laid out as a table of its own, so that the first come at once. */
const PAGE = 500;

/** Print routes as they come. Resolves with the exit code: 1 where HOST has none. */
export async function routes(input: CommandInput): Promise<number> {
  const [host = null] = input.words;
  const limit = numberOf(input, 'limit') ?? Infinity;
  if (host !== null && patternsFor(host) === null)
    throw new ConfigError([{ path: 'HOST', reason: `${JSON.stringify(host)} ${NO_HOST}` }]);
  const { config, edges } = await readSettings(input);
  const printer = new RoutePrinter(isOn(input, 'json'), limit);
  if (asksRedis(input)) {
    await withRedis(config, async ({ data, keys, shown }) => {
      printer.source = shown;
      const pages = host === null ? walkRoutes(data, keys) : [await ofHost(data, keys, host)];
      for await (const page of pages) if (!printer.print(page)) return;
    });
  } else {
    const edge = { address: edges[0]!, token: config.adminToken ?? null };
    for await (const page of pagesOf(edge, host, limit)) {
      printer.source = page.source;
      if (!printer.print(page.routes)) break;
    }
    printer.source ??= formatEndpoint(edge.address);
  }
  return printer.end();
}

async function ofHost(
  ...[data, keys, host]: readonly [...Parameters<typeof walkRoutes>, string]
): Promise<ListedRoute[]> {
  const patterns = patternsFor(host)!;
  const records = await readRecords(data, keys, patterns);
  return patterns.flatMap((pattern) => listed(pattern, records.get(pattern) ?? null));
}

async function* pagesOf(
  edge: Edge,
  host: string | null,
  limit: number,
): AsyncGenerator<RoutesPage> {
  let after: string | null = null;
  for (let left = limit; left > 0;) {
    const query = new URLSearchParams({ limit: String(Math.min(left, PAGE)) });
    if (host !== null) query.set('host', host);
    if (after !== null) query.set('after', after);
    const page: RoutesPage = await askEdge(edge, 'routes', query);
    yield page;
    left -= page.routes.length;
    after = page.next;
    if (after === null) return;
  }
}

/** Prints routes page by page, as a table or as JSON lines. */
class RoutePrinter {
  source: string | null = null;
  readonly #json: boolean;
  #left: number;
  #printed = 0;

  constructor(json: boolean, limit: number) {
    this.#json = json;
    this.#left = limit;
  }

  /** Whether more are wanted. */
  print(page: readonly ListedRoute[]): boolean {
    const wanted = page.slice(0, this.#left);
    this.#left -= wanted.length;
    if (wanted.length > 0) print(this.#json ? jsonLines(wanted) : this.#table(wanted));
    this.#printed += wanted.length;
    return this.#left > 0;
  }

  end(): number {
    if (this.#printed > 0) return 0;
    process.stderr.write(`no such route; asked: ${printable(this.source ?? '')}\n`);
    return 1;
  }

  #table(page: readonly ListedRoute[]): string {
    const headings = this.#printed === 0 ? ['ROUTE', 'BACKENDS', 'DRAINING', 'OPTIONS'] : [];
    return formatTable(headings, page.map(rowOf), terminalWidth());
  }
}

function jsonLines(page: readonly ListedRoute[]): string {
  return page.map(jsonLine).join('');
}

function rowOf({ pattern, backends, draining, acme, options }: ListedRoute): string[] {
  const all = Object.entries(options).map(([name, value]) => `${name}=${value}`);
  const others = acme.length > 0 ? [`acme: ${acme.join(' ')}`, ...all] : all;
  return [pattern, backends.join(' '), draining.join(' '), others.join(' ')];
}
