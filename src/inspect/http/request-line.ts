import { parseAuthorityHost } from './authority.ts';
import { DEL, endOfToken, SP } from './syntax.ts';

/** What routing needs of a request line. */
export interface RequestLine {
  /** HTTP/1.`minor`. */
  readonly minor: number;
  /** CONNECT names where a forward proxy should go, not who should answer. */
  readonly isConnect: boolean;
  /** The host of an absolute-form target (RFC 9112 section 3.2.2), else `null`. */
  readonly host: string | null;
  /** Where the target is, its end not included. */
  readonly targetStart: number;
  readonly targetEnd: number;
}

export type RequestLineFault =
  | 'request line'
  | 'HTTP version'
  | 'request target'
  | 'authority of the request target';

const VERSION = /^ HTTP\/(\d)\.(\d)$/;
const VERSION_LENGTH = ' HTTP/1.1'.length;
const SLASH = 0x2f;
// RFC 3986 section 3: scheme, then an authority that ends at the path, query or fragment.
const ABSOLUTE_FORM = /^[a-z][a-z0-9+\-.]*:\/\/([^/?#]*)/i;

/** Parse `method SP target SP HTTP/1.x`, without its line end (RFC 9112 section 3). */
export function parseRequestLine(
  bytes: Buffer,
  start: number,
  end: number,
): RequestLine | RequestLineFault {
  const methodEnd = endOfToken(bytes, start, end);
  const targetStart = methodEnd + 1;
  const targetEnd = end - VERSION_LENGTH;
  if (methodEnd === start || bytes[methodEnd] !== SP) return 'request line';
  if (targetEnd <= targetStart) return 'request line';
  const version = VERSION.exec(bytes.toString('latin1', targetEnd, end));
  if (version === null) return 'request line';
  if (version[1] !== '1') return 'HTTP version';
  if (!isTarget(bytes, targetStart, targetEnd)) return 'request target';
  const read = { minor: Number(version[2]), targetStart, targetEnd };
  if (bytes[targetStart] === SLASH) return { ...read, isConnect: false, host: null };
  const host = targetHost(bytes, targetStart, targetEnd);
  if (host === undefined) return 'authority of the request target';
  return { ...read, isConnect: bytes.toString('latin1', start, methodEnd) === 'CONNECT', host };
}

function isTarget(bytes: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i]! <= SP || bytes[i] === DEL) return false;
  return true;
}

/** `undefined` when there is an authority and it is not one. */
function targetHost(bytes: Buffer, start: number, end: number): string | null | undefined {
  const authority = ABSOLUTE_FORM.exec(bytes.toString('latin1', start, end))?.[1];
  if (authority === undefined || authority === '') return null;
  return parseAuthorityHost(authority.slice(authority.lastIndexOf('@') + 1)) ?? undefined;
}
