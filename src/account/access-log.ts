import { pino, type Logger } from 'pino';
import { formatHostPort } from '../address.ts';
import type { SessionRecord } from '../session/session.ts';
import { terminationRow } from '../termination.ts';
import { printable } from './printable.ts';

const MAX_ALPN_LOGGED = 8;
const MAX_ALPN_LENGTH = 32;
// Commas stand between the protocols.
const NOT_IN_ALPN = /[^\x21-\x2b\x2d-\x5b\x5d-\x7e]/g;

export interface AccessLogSettings {
  readonly edge: string;
  readonly listeners: readonly string[];
  /** `debug` also logs the clients that never spoke. */
  readonly level: 'debug' | 'info';
}

/** Writes one JSON line per session to `write`. pino escapes whatever a client chose. */
export function createAccessLog(
  settings: AccessLogSettings,
  write: (line: string) => void,
): (record: SessionRecord) => void {
  const logger: Logger = pino(
    {
      base: { edge: settings.edge },
      level: settings.level,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  );
  return (record) => {
    const { level } = terminationRow(record.termination);
    if (logger.isLevelEnabled(level)) logger[level](accessLine(record, settings.listeners));
  };
}

function accessLine(record: SessionRecord, listeners: readonly string[]): Record<string, unknown> {
  const { hello, source } = record;
  return {
    id: record.id,
    listener: listeners[record.listener],
    client: formatHostPort(source.ip, source.port),
    protocol: hello?.protocol,
    host: hello?.serverName ?? undefined,
    alpn: hello?.protocol === 'tls' ? alpnText(hello.alpn) : undefined,
    route: record.route?.pattern,
    backend: record.backend?.name,
    termination: record.termination,
    letters: terminationRow(record.termination).letters,
    detail: record.detail === '' ? undefined : record.detail,
    retries: record.retries,
    bytes_from_client: record.bytesFromClient,
    bytes_from_backend: record.bytesFromBackend,
    ...durations(record),
  };
}

// Client-chosen bytes: bounded, and escaped.
function alpnText(alpn: readonly string[]): string | undefined {
  if (alpn.length === 0) return undefined;
  const escaped = alpn
    .slice(0, MAX_ALPN_LOGGED)
    .map((protocol) => protocol.slice(0, MAX_ALPN_LENGTH))
    .map((protocol) => printable(protocol, NOT_IN_ALPN));
  return escaped.join(',');
}

// Each stage's own time; a stage that was not reached has none.
function durations(record: SessionRecord): Record<string, number | undefined> {
  const { accepted, hello, route, connect, ended } = record.marks;
  return {
    hello_ms: milliseconds(accepted, hello),
    route_ms: milliseconds(hello, route),
    connect_ms: milliseconds(route, connect),
    first_byte_ms: milliseconds(connect, record.firstByteAt),
    total_ms: milliseconds(accepted, ended),
  };
}

function milliseconds(from: number, to: number): number | undefined {
  return from === 0 || to === 0 ? undefined : Math.round((to - from) * 1000) / 1000;
}
