import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { plainIp, type IpEndpoint } from '../address.ts';
import { isSafeHost } from './host-check.ts';

/** What the admin listener answers with. It only reads. */
export interface AdminSources {
  /** The exposition, and its content type. */
  metrics(): Promise<{ readonly type: string; readonly text: string }>;
  /** What keeps the edge from being ready, in words; empty when it is. */
  problems(): readonly string[];
  /** What else an operator may want to know, a line each. */
  notes(): readonly string[];
  /** `/api/v1/routes`: what the edge knows, a page at a time. */
  routes(query: URLSearchParams): Promise<ApiAnswer>;
  /** `/api/v1/explain`: where a client would go, and why. */
  explain(query: URLSearchParams): Promise<ApiAnswer>;
}

/** What a page of the API answers with: a status of HTTP, and what becomes JSON. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: object;
}

export interface AdminOptions {
  readonly host: string;
  readonly port: number;
  /** Asked of every request as `Authorization: Bearer …`, but for the two probes. */
  readonly token: string | null;
}

export interface AdminListener {
  readonly address: IpEndpoint;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly type?: string;
}

type Page = (query: URLSearchParams) => Answer | Promise<Answer>;

// A scraper needs one connection; more than this is a mistake or an attack.
const MAX_CONNECTIONS = 64;
const REQUEST_TIMEOUT_MS = 10_000;

/** Serve `/metrics`, `/livez`, `/readyz` and `/api/v1/…`. Rejects with the error of `listen(2)`. */
export async function openAdmin(
  options: AdminOptions,
  sources: AdminSources,
): Promise<AdminListener> {
  const pages: Readonly<Record<string, Page>> = {
    '/metrics': async () => ({ status: 200, ...(await sources.metrics()) }),
    '/livez': () => ({ status: 200, text: 'alive\n' }),
    '/readyz': () => readiness(sources),
    '/api/v1/routes': async (query) => asJson(await sources.routes(query)),
    '/api/v1/explain': async (query) => asJson(await sources.explain(query)),
  };
  const server = createServer((request, response) => {
    void answer(request, pages, options.token).then((page) => send(request, response, page));
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.listen({ host: options.host, port: options.port });
  await once(server, 'listening');
  // An accept(2) that failed: that connection is gone, and the edge must not go with it.
  server.on('error', () => {});
  const { address, port } = server.address() as AddressInfo;
  return { address: { ip: plainIp(address), port }, close: () => close(server) };
}

function readiness(sources: AdminSources): Answer {
  const problems = sources.problems();
  const notes = sources.notes().map((note) => `${note}\n`);
  if (problems.length === 0) return { status: 200, text: `ready\n${notes.join('')}` };
  const reasons = problems.map((problem) => `- ${problem}\n`);
  return { status: 503, text: `not ready\n${[...reasons, ...notes].join('')}` };
}

function asJson({ status, body }: ApiAnswer): Answer {
  return { status, text: `${JSON.stringify(body)}\n`, type: 'application/json' };
}

async function answer(
  request: IncomingMessage,
  pages: Readonly<Record<string, Page>>,
  token: string | null,
): Promise<Answer> {
  const { path, query } = parseTarget(request.url!);
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  if (page === undefined) return { status: 404, text: 'no such page\n' };
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return { status: 405, text: 'only GET\n' };
  // Probes of an orchestrator carry no secret, and learn nothing but a yes or a no.
  const isProbe = path === '/livez' || path === '/readyz';
  const refused = isProbe ? null : refusal(request, token);
  if (refused !== null) return refused;
  try {
    return await page(query);
  } catch (error) {
    return { status: 500, text: `${String(error)}\n` };
  }
}

function parseTarget(target: string): { path: string; query: URLSearchParams } {
  const end = target.indexOf('?');
  if (end === -1) return { path: target, query: new URLSearchParams() };
  return { path: target.slice(0, end), query: new URLSearchParams(target.slice(end)) };
}

function refusal(request: IncomingMessage, token: string | null): Answer | null {
  if (!authorised(request, token)) return { status: 401, text: 'a token is needed\n' };
  // Whoever has the token has proved more than a name could.
  if (token !== null || isSafeHost(request.headers.host)) return null;
  return { status: 421, text: 'the Host is a name, which needs --admin-token: use an address\n' };
}

function authorised(request: IncomingMessage, token: string | null): boolean {
  if (token === null) return true;
  const given = Buffer.from(request.headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function send(request: IncomingMessage, response: ServerResponse, page: Answer): void {
  response.writeHead(page.status, {
    'Content-Type': page.type ?? 'text/plain; charset=utf-8',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(page.status === 401 && { 'WWW-Authenticate': 'Bearer' }),
  });
  response.end(request.method === 'HEAD' ? undefined : page.text);
}

async function close(server: Server): Promise<void> {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
}
