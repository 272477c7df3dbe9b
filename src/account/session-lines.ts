import { formatHostPort } from '../address.ts';
import type { Phase, SessionRecord } from '../session/session.ts';
import { terminationRow } from '../termination.ts';
import { printable } from './printable.ts';

const MAX_ALPN_LOGGED = 8;
const MAX_ALPN_LENGTH = 32;
// Commas stand between the protocols.
const NOT_IN_ALPN = /[^\x21-\x2b\x2d-\x5b\x5d-\x7e]/g;
/** What needs no escape between the quotes of JSON (RFC 8259 section 7). */
const PLAIN = /^[ !#-[\]-~]*$/;
// JSON alone lets C1 controls, bidi marks and all other letters through.
const NOT_ASCII = /[^\x20-\x7e]/g;

/** A session that has not ended. */
export interface LiveRecord extends Omit<SessionRecord, 'termination' | 'endedAfter'> {
  readonly phase: Phase;
  /** In whole microseconds. */
  readonly age: number;
}

/**
 * Makes the JSON line of a session, its newline included. By hand: pino takes an object, and making one and
 * reading it again costs more than the line. It is printable ASCII, whatever a client, Redis or an operator
 * chose: that is escaped.
 */
export class SessionLines {
  readonly #clock = new IsoClock();
  readonly #edge: string;
  readonly #listeners: readonly string[];

  constructor({ edge, listeners }: { edge: string; listeners: readonly string[] }) {
    this.#edge = quoted(edge);
    this.#listeners = listeners.map(quoted);
  }

  /** Of one that is over. */
  ended(record: SessionRecord): string {
    const { level, letters } = terminationRow(record.termination);
    return (
      `{"level":"${level}"${this.#who(record)}` +
      `,"termination":"${record.termination}","letters":"${letters}"` +
      text('detail', record.detail) +
      counts(record) +
      `${stages(record)}${milliseconds('total_ms', 0, record.endedAfter)}}\n`
    );
  }

  /** Of one that goes on: `live`, its phase and its age so far stand where its end would. */
  live(record: LiveRecord): string {
    return (
      `{"level":"info"${this.#who(record)}` +
      `,"live":true,"phase":"${record.phase}"` +
      counts(record) +
      `${stages(record)}${milliseconds('age_ms', 0, record.age)}}\n`
    );
  }

  #who(record: Named): string {
    const { source } = record;
    return (
      `,"time":"${this.#clock.now()}","edge":${this.#edge},"id":${quoted(record.id)}` +
      `,"listener":${this.#listeners[record.listener]}` +
      `,"client":${quoted(formatHostPort(source.ip, source.port))}` +
      text('protocol', record.protocol ?? '') +
      text('host', record.host ?? '') +
      text('alpn', alpnText(record.alpn)) +
      text('route', record.route?.pattern ?? '') +
      text('backend', record.backend?.name ?? '')
    );
  }
}

type Named = Omit<LiveRecord, 'phase' | 'age'>;

function counts({ retries, bytesFromClient, bytesFromBackend }: Named): string {
  return (
    `,"retries":${retries},"bytes_from_client":${bytesFromClient}` +
    `,"bytes_from_backend":${bytesFromBackend}`
  );
}

/** A field of the line; none where there is nothing to say. */
function text(name: string, value: string): string {
  return value === '' ? '' : `,"${name}":${quoted(value)}`;
}

function quoted(value: string): string {
  if (PLAIN.test(value)) return `"${value}"`;
  return JSON.stringify(value).replace(NOT_ASCII, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
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
function stages({ helloAfter, routeAfter, connectAfter, firstByteAfter }: Named): string {
  return (
    milliseconds('hello_ms', 0, helloAfter) +
    milliseconds('route_ms', helloAfter, routeAfter) +
    milliseconds('connect_ms', routeAfter, connectAfter) +
    milliseconds('first_byte_ms', connectAfter, firstByteAfter)
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
