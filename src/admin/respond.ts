import type { IncomingMessage, RequestListener } from 'node:http';
import { crossSiteRefusal, hostRefusal, tokenRefusal } from './access.ts';
import { refused, type Answer, type Refusal } from './answer.ts';
import type { Connections } from './connections.ts';
import type { Entry } from './entries.ts';
import { Pace } from './pace.ts';
import type { Sender } from './send.ts';
import { Overloaded } from './turns.ts';

/** Of requests in a tenth of a second, wrong ones too: a browser that opens our page makes a dozen. */
const PACE = 50;
const LATER = { 'Retry-After': '1' };
const CLOSED = { Connection: 'close' };

/** Answers requests, whatever is asked, with these pages, and to whoever may be told. */
export function createResponder(
  entries: ReadonlyMap<string, Entry>,
  token: string | null,
  connections: Connections,
  sender: Sender,
): RequestListener {
  const pace = new Pace(PACE);
  return (request, response) => {
    // Of a client that goes away while it is written to.
    response.on('error', () => {});
    if (!connections.begin(response)) return;
    pace.pass(() => {
      if (response.destroyed) return;
      void answer(request, entries, token)
        .then((page) => sender.send(request, response, page))
        // Half an answer is none.
        .catch(() => response.destroy());
    });
  };
}

async function answer(
  request: IncomingMessage,
  entries: ReadonlyMap<string, Entry>,
  token: string | null,
): Promise<Answer> {
  const { path, query } = parseTarget(request.url!);
  const entry = entries.get(path);
  const refusal = misuse(request, entry);
  if (refusal !== null || entry === undefined) return refused(path, refusal ?? NO_PAGE);
  const untold = restriction(request, entry, token);
  // Probes of an orchestrator carry no secret, and learn nothing but a yes or a no.
  if (untold !== null && entry.audience !== 'probe') return refused(path, untold);
  try {
    return await (untold === null ? entry.page : entry.inShort)(query);
  } catch (error) {
    return refused(path, failure(error));
  }
}

const NO_PAGE: Refusal = { status: 404, reason: 'no such page' };

function misuse({ headers, method }: IncomingMessage, entry: Entry | undefined): Refusal | null {
  // What follows of such a request is not waited for.
  if (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0)
    return { status: 413, reason: 'a request has no body here', headers: CLOSED };
  const foreign = crossSiteRefusal(headers, entry?.audience === 'open');
  if (foreign !== null) return foreign;
  if (entry === undefined || method === 'GET' || method === 'HEAD') return null;
  return { status: 405, reason: 'only GET', headers: { Allow: 'GET, HEAD' } };
}

function restriction(
  { headers }: IncomingMessage,
  entry: Entry,
  token: string | null,
): Refusal | null {
  const untrusted = entry.audience === 'open' ? null : tokenRefusal(headers, token);
  return untrusted ?? hostRefusal(headers, token);
}

function failure(error: unknown): Refusal {
  if (error instanceof Overloaded)
    return { status: 503, reason: 'too many ask at once', headers: LATER };
  return { status: 500, reason: String(error) };
}

function parseTarget(target: string): { path: string; query: URLSearchParams } {
  const end = target.indexOf('?');
  if (end === -1) return { path: target, query: new URLSearchParams() };
  return { path: target.slice(0, end), query: new URLSearchParams(target.slice(end)) };
}
