import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  asText,
  refused,
  type Answer,
  type ApiAnswer,
  type StreamAnswer,
  type TextAnswer,
} from './answer.ts';
import type { Streams } from './streams.ts';

/** What clients have not yet taken of their answers, all together: a few dozen large expositions. */
const MAX_UNREAD = 64 * 1024 * 1024;

// Nobody may show us in a frame, read us from another site, or make of us what we are not.
const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};
const LATER = { status: 503, headers: { 'Retry-After': '10' } };

/** Writes answers, and keeps what waits to be read within bounds. */
export class Sender {
  readonly #streams: Streams;
  #unread = 0;

  constructor(streams: Streams) {
    this.#streams = streams;
  }

  send(request: IncomingMessage, response: ServerResponse, page: Answer): void {
    const isHead = request.method === 'HEAD';
    if ('stream' in page) this.#sendStream(response, page, isHead);
    else if (!response.destroyed) this.#sendText(response, page, isHead);
  }

  #sendStream(response: ServerResponse, page: StreamAnswer, isHead: boolean): void {
    const { full } = this.#streams;
    if (isHead || full || response.destroyed) page.unused?.();
    if (response.destroyed) return;
    if (full) {
      const reason = 'too many watch already';
      return this.#sendText(response, refused(response.req.url!, { ...LATER, reason }), isHead);
    }
    writeHead(response, page);
    if (isHead) response.end();
    else this.#streams.begin(response, page);
  }

  #sendText(response: ServerResponse, page: TextAnswer | ApiAnswer, isHead: boolean): void {
    const answer = asText(page);
    const bytes = typeof answer.text === 'string' ? Buffer.from(answer.text) : answer.text;
    if (this.#unread > 0 && this.#unread + bytes.length > MAX_UNREAD)
      return void response.writeHead(LATER.status, { ...HEADERS, ...LATER.headers }).end();
    writeHead(response, answer, { 'Content-Length': bytes.length, ...answer.headers });
    if (isHead) return void response.end();
    this.#unread += bytes.length;
    response.once('close', () => (this.#unread -= bytes.length));
    response.end(bytes);
  }
}

function writeHead(
  response: ServerResponse,
  { status, type = 'text/plain; charset=utf-8' }: Pick<TextAnswer, 'status' | 'type'>,
  headers: Readonly<Record<string, string | number>> = {},
): void {
  response.writeHead(status, { 'Content-Type': type, ...HEADERS, ...headers });
}
