import type { Protocol } from '../../protocol.ts';
import { parsePattern } from '../../route/pattern.ts';
import { parseServerName, type ServerName } from '../../server-name.ts';
import type { RouteRecord } from '../sources/routes/route-record.ts';
import { explain } from './explain/explain.ts';
import type { Explanation } from './explain/explanation.ts';
import type { RouteFacts } from './explain/facts.ts';
import { RouteListing, type ListedRoute, type RouteIterator, type RoutesPage } from './listing.ts';
import { patternsTried } from '../../route/tried.ts';
import { readQuestion } from './explain/question.ts';

/** The routes of a running edge, as the report needs them. */
export interface EdgeRoutes {
  /** Routes have been read at least once. */
  readonly ready: boolean;
  /** What is known at this moment. */
  facts(): RouteFacts;
  /**
   * Have whatever answers for this read and looked up, as a session would. Resolves with why the session
   * would be told that nobody can say, or `null`.
   */
  prepare(name: ServerName | null, protocol: Protocol): Promise<string | null>;
  routes(): RouteIterator;
  readonly count: number;
}

/** An answer of the admin API: a status of HTTP and what is sent as JSON. */
export interface ReportAnswer {
  readonly status: number;
  readonly body: object;
}

const PROTOCOLS: readonly Protocol[] = ['tls', 'http'];

/** What a running edge tells of its routes. It only reads, and never for longer than a few milliseconds. */
export class EdgeReport {
  readonly #edge: EdgeRoutes;
  readonly #listing: RouteListing;

  constructor(edge: EdgeRoutes) {
    this.#edge = edge;
    this.#listing = new RouteListing(() => edge.routes());
  }

  /** `after`, `limit` and `host`, each once at most. */
  async routes(query: URLSearchParams): Promise<ReportAnswer> {
    const limit = Number(query.get('limit') ?? '100');
    if (!Number.isInteger(limit) || limit < 1)
      return refused('limit', 'is not a whole number from 1 up');
    if (!this.#edge.ready) return NOT_READY;
    const host = query.get('host');
    if (host !== null) return this.#routesFor(host);
    const page = await this.#listing.page(query.get('after'), limit);
    if (page === null)
      return { status: 410, body: { error: 'the route in "after" is gone: begin again' } };
    return { status: 200, body: this.#pageOf(page.routes, page.next) };
  }

  /** `host`, `protocol`, `alpn` (repeated) and `from`. */
  async explain(query: URLSearchParams): Promise<ReportAnswer> {
    const question = readQuestion({
      host: query.get('host') ?? '',
      protocol: query.get('protocol') ?? 'tls',
      alpn: query.getAll('alpn'),
      from: query.get('from'),
    });
    if ('reason' in question) return refused(question.part, question.reason);
    if (!this.#edge.ready) return NOT_READY;
    const unavailable = await this.#edge.prepare(question.name, question.protocol);
    const body: Explanation = explain(question, this.#edge.facts(), unavailable);
    return { status: 200, body };
  }

  #routesFor(host: string): ReportAnswer {
    const patterns = patternsFor(host);
    if (patterns === null) return refused('host', NO_HOST);
    const facts = this.#edge.facts();
    const routes = patterns.flatMap((pattern) => listed(pattern, facts.record(pattern)));
    return { status: 200, body: this.#pageOf(routes, null) };
  }

  #pageOf(routes: readonly ListedRoute[], next: string | null): RoutesPage {
    const { source } = this.#edge.facts();
    return { version: 1, source, total: this.#edge.count, routes, next };
  }
}

/** Why a text is neither a name nor a pattern, worded to follow it. */
export const NO_HOST = 'is neither a name that a client can ask for nor a pattern of a route';

/**
 * The patterns a host could match, the best first, the defaults of both protocols last. One that is
 * a pattern itself, `*.example.com` or `httpsDefault`, is only that. `null` where it is neither.
 */
export function patternsFor(host: string): readonly string[] | null {
  const parsed = parsePattern(host);
  if ('pattern' in parsed && parsed.pattern.kind !== 'exact') return [host];
  const name = parseServerName(host);
  if (name === null) return null;
  const tried = PROTOCOLS.flatMap((protocol) => patternsTried(name, protocol));
  const named = tried.filter(({ match }) => match !== 'default');
  const last = tried.filter(({ match }) => match === 'default');
  return [...new Set([...named, ...last].map(({ pattern }) => pattern))];
}

/** The route at a pattern for a list, or none. */
export function listed(pattern: string, record: RouteRecord | null): ListedRoute[] {
  return record === null ? [] : [{ pattern, ...record }];
}

const NOT_READY: ReportAnswer = {
  status: 503,
  body: { error: 'no routes have been read yet: see /readyz' },
};

function refused(part: string, reason: string): ReportAnswer {
  return { status: 400, body: { error: `${part} ${reason}`, part } };
}
