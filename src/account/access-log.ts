import { formatHostPort } from '../address.ts';
import type { SessionRecord } from '../session/session.ts';
import { terminationRow } from '../termination.ts';
import { printable } from './printable.ts';

const MAX_ALPN_LOGGED = 8;
const MAX_ALPN_LENGTH = 32;
// Commas stand between the protocols.
const NOT_IN_ALPN = /[^\x21-\x2b\x2d-\x5b\x5d-\x7e]/g;
/** What needs no escape between the quotes of JSON (RFC 8259 section 7). */
const PLAIN = /^[ !#-[\]-~]*$/;

export interface AccessLogSettings {
  readonly edge: string;
  readonly listeners: readonly string[];
  /** `debug` also logs the clients that never spoke. */
  readonly level: 'debug' | 'info';
}

/**
 * Writes one JSON line per session to `write`. By hand: pino takes an object, and making one and reading
 * it again costs more than the line. Whatever a client chose is escaped.
 */
export function createAccessLog(
  { edge, listeners, level: lowest }: AccessLogSettings,
  write: (line: string) => void,
): (record: SessionRecord) => void {
  const clock = new IsoClock();
  const edgeText = quoted(edge);
  const listenerTexts = listeners.map(quoted);
  return (record) => {
    const { level, letters } = terminationRow(record.termination);
    if (level === 'debug' && lowest !== 'debug') return;
    const { source } = record;
    write(
      `{"level":"${level}","time":"${clock.now()}","edge":${edgeText},"id":${quoted(record.id)}` +
        `,"listener":${listenerTexts[record.listener]}` +
        `,"client":${quoted(formatHostPort(source.ip, source.port))}` +
        wanted(record) +
        `,"termination":"${record.termination}","letters":"${letters}"` +
        text('detail', record.detail) +
        `,"retries":${record.retries},"bytes_from_client":${record.bytesFromClient}` +
        `,"bytes_from_backend":${record.bytesFromBackend}${durations(record)}}\n`,
    );
  };
}

/** What the client asked for, and where it was taken. */
function wanted(record: SessionRecord): string {
  return (
    text('protocol', record.protocol ?? '') +
    text('host', record.host ?? '') +
    text('alpn', alpnText(record.alpn)) +
    text('route', record.route?.pattern ?? '') +
    text('backend', record.backend?.name ?? '')
  );
}

/** A field of the line; none where there is nothing to say. */
function text(name: string, value: string): string {
  return value === '' ? '' : `,"${name}":${quoted(value)}`;
}

function quoted(value: string): string {
  return PLAIN.test(value) ? `"${value}"` : JSON.stringify(value);
}

// Client-chosen bytes: bounded, and escaped.
function alpnText(alpn: readonly string[]): string {
  if (alpn.length === 0) return '';
  const escaped = alpn
    .slice(0, MAX_ALPN_LOGGED)
    .map((protocol) => protocol.slice(0, MAX_ALPN_LENGTH))
    .map((protocol) => printable(protocol, NOT_IN_ALPN));
  return escaped.join(',');
}

// Each stage's own time; a stage that was not reached has none.
function durations(record: SessionRecord): string {
  const { helloAfter, routeAfter, connectAfter, firstByteAfter, endedAfter } = record;
  return (
    milliseconds('hello_ms', 0, helloAfter) +
    milliseconds('route_ms', helloAfter, routeAfter) +
    milliseconds('connect_ms', routeAfter, connectAfter) +
    milliseconds('first_byte_ms', connectAfter, firstByteAfter) +
    milliseconds('total_ms', 0, endedAfter)
  );
}

function milliseconds(name: string, from: number, to: number): string {
  return to === 0 ? '' : `,"${name}":${(to - from) / 1000}`;
}

/** The time as ISO 8601 text, which is made once a millisecond. */
class IsoClock {
  #at = 0;
  #text = '';

  now(): string {
    const at = Date.now();
    if (at !== this.#at) this.#text = new Date(at).toISOString();
    this.#at = at;
    return this.#text;
  }
}
