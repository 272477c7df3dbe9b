import type { IncomingMessage, RequestListener } from 'node:http';
import { crossSiteRefusal, hostRefusal, tokenRefusal } from './access.ts';
import { refused, type Answer, type Page, type Refusal } from './answer.ts';
import type { Connections } from './connections.ts';
import type { Entry } from './entries.ts';
import { Pace } from './pace.ts';
import type { Sender } from './send.ts';
import { Overloaded } from './turns.ts';

/** Of answers in a tenth of a second: a browser that opens our page asks for a dozen. */
const PACE = 50;
/** Whoever asks for more waits; more than this are sent away. */
const MAX_WAITING = 32;
const LATER = { 'Retry-After': '1' };
const CLOSED = { Connection: 'close' };

/** What is asked, and what answers it. */
interface Question {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly page: Page;
  /** A probe, or a refusal: not worth a place in the queue, nor may strangers take one. */
  readonly isCheap: boolean;
}

/** Answers requests, whatever is asked, with these pages, and to whoever may be told. */
export function createResponder(
  entries: ReadonlyMap<string, Entry>,
  token: string | null,
  connections: Connections,
  sender: Sender,
): RequestListener {
  const pace = new Pace(PACE, MAX_WAITING);
  return (request, response) => {
    // Of a client that goes away while it is written to.
    response.on('error', () => {});
    if (!connections.begin(response)) return;
    const question = readQuestion(request, entries, token);
    const reply = (page: Page) =>
      void answer(question, page)
        .then((text) => sender.send(request, response, text))
        // Half an answer is none.
        .catch(() => response.destroy());
    if (question.isCheap) reply(question.page);
    else if (!pace.pass(response, () => reply(question.page))) reply(overloaded);
  };
}

function readQuestion(
  request: IncomingMessage,
  entries: ReadonlyMap<string, Entry>,
  token: string | null,
): Question {
  const { path, query } = parseTarget(request.url!);
  const entry = entries.get(path);
  const refuse = (refusal: Refusal) => ({
    path,
    query,
    page: () => refused(path, refusal),
    isCheap: true,
  });
  const refusal = misuse(request, entry);
  if (refusal !== null || entry === undefined) return refuse(refusal ?? NO_PAGE);
  const isCheap = entry.audience === 'probe';
  const untold = restriction(request, entry, token);
  if (untold === null) return { path, query, page: entry.page, isCheap };
  // Probes of an orchestrator carry no secret, and learn nothing but a yes or a no.
  return isCheap ? { path, query, page: entry.inShort, isCheap } : refuse(untold);
}

async function answer({ path, query }: Question, page: Page): Promise<Answer> {
  try {
    return await page(query);
  } catch (error) {
    return refused(path, failure(error));
  }
}

function overloaded(): never {
  throw new Overloaded();
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
