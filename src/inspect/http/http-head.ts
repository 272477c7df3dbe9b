import { parseServerName } from '../../server-name.ts';
import type { HttpHello, Verdict } from '../hello.ts';
import { readHostName } from '../host-name.ts';
import { FOREIGN, INCOMPLETE, malformed, TOO_LARGE } from '../verdict.ts';
import type { HeadReader, Reading } from '../verdict.ts';
import { parseAuthorityHost } from './authority.ts';
import { parseRequestLine } from './request-line.ts';
import type { RequestLine } from './request-line.ts';
import { COLON, CR, endOfToken, HT, isTokenByte, LF, SP } from './syntax.ts';

const NUL = 0x00;
const HOST_FIELD = 'host';

/**
 * Reads an HTTP/1 request head for its host (RFC 9112). Each line is read once, when its end is there.
 *
 * Strict where a backend might read another host than we do: two Hosts, folded lines, a space before
 * the colon, NUL, a bare CR or LF, or a Host that disagrees with the target are all malformed.
 */
export class HttpHeadReader implements HeadReader<HttpHello> {
  headLength = 0;
  /** The host as it was written, which need not be a server name. `null` when there is none. */
  host: string | null = null;
  readonly #limit: number;
  /** Where the line being read starts, and where to go on looking for its end. */
  #line = 0;
  #scanned = 0;
  #request: RequestLine | null = null;
  #hostField: string | null = null;
  /** CRs and NULs in the line so far: only a CR right at its end is allowed. */
  #controls = 0;
  #hasBareLf = false;

  /** `limit`: the longest head accepted, in bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  read(head: Buffer): Reading<HttpHello> {
    const available = Math.min(head.length, this.#limit);
    for (;;) {
      if (this.#startsForeign(head, available)) return FOREIGN;
      const lineEnd = this.#findLineEnd(head, available);
      if (lineEnd === available) break;
      const verdict = this.#readLine(head, lineEnd);
      if (verdict.kind !== 'incomplete') return verdict;
      this.#line = this.#scanned = lineEnd + 1;
    }
    this.#scanned = available;
    return available === this.#limit ? TOO_LARGE : INCOMPLETE;
  }

  #startsForeign(head: Buffer, available: number): boolean {
    if (this.#request !== null || this.#line >= available) return false;
    const first = head[this.#line]!;
    return !isTokenByte(first) && first !== CR && first !== LF;
  }

  /** Where the next LF is, or `available`. */
  #findLineEnd(head: Buffer, available: number): number {
    for (let i = this.#scanned; i < available; i++) {
      const byte = head[i]!;
      if (byte > CR) continue;
      if (byte === LF) return i;
      if (byte === CR || byte === NUL) this.#controls++;
    }
    return available;
  }

  #readLine(head: Buffer, lineEnd: number): Verdict<HttpHello> {
    const start = this.#line;
    const crs = lineEnd > start && head[lineEnd - 1] === CR ? 1 : 0;
    if (this.#controls > crs) return malformed('NUL or bare CR');
    if (crs === 0) this.#hasBareLf = true;
    this.#controls = 0;
    const end = lineEnd - crs;
    if (end > start) {
      return this.#request === null
        ? this.#readRequestLine(head, start, end)
        : this.#readField(head, start, end);
    }
    // RFC 9112 section 2.2: empty lines before the request line are ignored.
    return this.#request === null ? INCOMPLETE : this.#finish(this.#request, lineEnd + 1);
  }

  #readRequestLine(head: Buffer, start: number, end: number): Verdict<never> {
    const request = parseRequestLine(head, start, end);
    if (typeof request === 'string') return malformed(request);
    this.#request = request;
    return INCOMPLETE;
  }

  #readField(head: Buffer, start: number, end: number): Verdict<never> {
    if (isSpace(head[start]!)) return malformed('folded header line');
    const nameEnd = endOfToken(head, start, end);
    if (nameEnd === start || head[nameEnd] !== COLON) return malformed('header field name');
    const isHost =
      nameEnd - start === HOST_FIELD.length &&
      head.toString('latin1', start, nameEnd).toLowerCase() === HOST_FIELD;
    return isHost ? this.#readHost(trimmedText(head, nameEnd + 1, end)) : INCOMPLETE;
  }

  #readHost(value: string): Verdict<never> {
    if (this.#hostField !== null) return malformed('two Host fields');
    this.#hostField = parseAuthorityHost(value);
    return this.#hostField === null ? malformed('Host') : INCOMPLETE;
  }

  #finish(request: RequestLine, headLength: number): Verdict<HttpHello> {
    const field = this.#hostField;
    if (this.#hasBareLf) return malformed('line ends without CR');
    if (request.isConnect) return malformed('CONNECT');
    if (field === null && request.minor > 0) return malformed('no Host');
    // RFC 9112 section 3.2.2 lets the target win, but a backend may well read the other one.
    if (!agree(field, request.host)) return malformed('Host differs from the request target');
    this.headLength = headLength;
    this.host = request.host ?? field;
    const serverName = readHostName(this.host ?? '');
    if (serverName === undefined) return malformed('host is not a DNS name');
    const { targetStart, targetEnd } = request;
    return { kind: 'hello', hello: { protocol: 'http', serverName, targetStart, targetEnd } };
  }
}

function trimmedText(head: Buffer, start: number, end: number): string {
  let first = start;
  let last = end;
  while (first < last && isSpace(head[first]!)) first++;
  while (last > first && isSpace(head[last - 1]!)) last--;
  return head.toString('latin1', first, last);
}

function isSpace(byte: number): boolean {
  return byte === SP || byte === HT;
}

function agree(field: string | null, target: string | null): boolean {
  return field === null || target === null || canonical(field) === canonical(target);
}

function canonical(host: string): string {
  return parseServerName(host) ?? host.toLowerCase();
}
