import type { Protocol } from '../protocol.ts';
import { TERMINATION_NAMES, terminationRow } from '../termination.ts';
import type { Termination } from '../termination.ts';

/** What an ended client understands; `unknown` when it has not shown it. */
export type Spoken = Protocol | 'unknown';

const ALERT = 0x15;
const FATAL = 2;
const TLS_MAJOR = 3;
const TLS_1_0 = 0x0301;
const TLS_1_2 = 0x0303;

const REASONS: Readonly<Record<number, string>> = {
  308: 'Permanent Redirect',
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  408: 'Request Timeout',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);
// Long enough for a backend to restart or be ejected, short enough for a person to wait.
const RETRY_AFTER_SECONDS = 5;

const HTTPS_EXPECTED = httpReply(400, 'This port speaks TLS: use https://');
const HTTP_REPLIES = refusals((row) => (row.status === undefined ? null : httpReply(row.status)));
const TLS_ALERTS = [1, 2, 3].map((minor) =>
  refusals((row) =>
    row.alert === undefined ? null : tlsAlert(row.alert, (TLS_MAJOR << 8) | minor),
  ),
);

/**
 * The whole answer to a client whose session ends before relay, ready to be written; `null` when it is
 * best closed without one. `version` is the highest that a TLS client offered. Do not alter the buffer.
 */
export function refusalFor(
  termination: Termination,
  spoken: Spoken,
  version: number = TLS_1_2,
): Buffer | null {
  if (spoken === 'unknown') return null;
  // The table has no answer here, because most who do not speak TLS would not read one; a browser does.
  if (termination === 'not-tls') return spoken === 'http' ? HTTPS_EXPECTED : null;
  if (spoken === 'http') return HTTP_REPLIES.get(termination) ?? null;
  return TLS_ALERTS[alertVersion(version) - TLS_1_0]!.get(termination) ?? null;
}

/** A fatal TLS alert (RFC 8446 section 6): one record of 7 bytes, of the given record version. */
export function tlsAlert(code: number, version: number): Buffer {
  return Buffer.of(ALERT, version >> 8, version & 0xff, 0, 2, FATAL, code);
}

/** A whole HTTP reply that ends the connection. `text` is its body, by default the reason phrase. */
export function httpReply(status: number, text: string = REASONS[status] ?? 'Refused'): Buffer {
  const fields = ['Content-Type: text/plain; charset=utf-8'];
  if (RETRYABLE.has(status)) fields.push(`Retry-After: ${RETRY_AFTER_SECONDS}`);
  return reply(status, fields, `${text}\n`);
}

/** The reply that sends a client to `location`: a URL of visible ASCII. */
export function redirectReply(location: string): Buffer {
  return reply(308, [`Location: ${location}`], '');
}

function reply(status: number, fields: readonly string[], body: string): Buffer {
  const lines = [
    `HTTP/1.1 ${status} ${REASONS[status] ?? 'Refused'}`,
    ...fields,
    `Content-Length: ${Buffer.byteLength(body)}`,
    // A cache may keep a 308 and a 404 (RFC 9110 section 15.1), and the route may change in a second.
    'Cache-Control: no-store',
    'Connection: close',
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

type Row = ReturnType<typeof terminationRow>;

function refusals(replyTo: (row: Row) => Buffer | null): ReadonlyMap<Termination, Buffer | null> {
  return new Map(TERMINATION_NAMES.map((name) => [name, replyTo(terminationRow(name))]));
}

// A record of TLS 1.3 says 1.2 (RFC 8446 section 5.1), and nothing is older than 1.0 here.
function alertVersion(version: number): number {
  return Math.min(Math.max(version, TLS_1_0), TLS_1_2);
}
