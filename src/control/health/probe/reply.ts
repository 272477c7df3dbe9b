import { PROBE_OK, type ProbeVerdict, type StatusRange } from './verdict.ts';

/** More than this is not read of an answer: a status line, behind interim answers, is far shorter. */
export const MAX_REPLY_BYTES = 16_384;

const ALERT = 0x15;
const HANDSHAKE = 0x16;
const TLS_MAJOR = 3;
const RECORD_HEADER = 5;
const ALERT_LENGTH = 2;

/**
 * Alerts about our hello, by the registry of RFC 8446 section 6 and its like: who sends them has read it,
 * and may well serve clients who speak otherwise. handshake_failure, illegal_parameter, protocol_version,
 * insufficient_security, missing_extension, unsupported_extension, certificate_required,
 * no_application_protocol.
 */
const ABOUT_THE_HELLO: ReadonlySet<number> = new Set([40, 47, 70, 71, 109, 110, 116, 120]);

const NOT_TLS: ProbeVerdict = {
  result: 'not-understood',
  why: 'was answered with what is not TLS',
};
const NOT_HTTP: ProbeVerdict = {
  result: 'not-understood',
  why: 'was answered with what is not HTTP',
};

/**
 * What the first bytes of an answer to a ClientHello mean; `null` while there are too few of them.
 *
 * Success is the first TLS record back. An alert is a failure, but for those about our hello; where the
 * name asked for is a guess, as it is for wildcard and default routes, any alert is the sign of life
 * that can be had.
 */
export function readTlsReply(bytes: Uint8Array, isGuess: boolean): ProbeVerdict | null {
  const [type = HANDSHAKE, major = TLS_MAJOR] = bytes;
  if ((type !== HANDSHAKE && type !== ALERT) || major !== TLS_MAJOR) return NOT_TLS;
  const needed = RECORD_HEADER + (type === ALERT ? ALERT_LENGTH : 1);
  if (bytes.length < needed) return null;
  return type === HANDSHAKE ? PROBE_OK : judgeAlert(bytes[RECORD_HEADER + 1]!, isGuess);
}

/**
 * What the first bytes of an answer to a request mean; `null` while there are too few of them. Interim
 * answers (RFC 9110 section 15.2) are passed over.
 */
export function readHttpReply(bytes: Uint8Array, expected: StatusRange): ProbeVerdict | null {
  let text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  for (;;) {
    const status = readStatus(text);
    if (typeof status !== 'number') return status;
    if (status >= 200) return judgeStatus(status, expected);
    const end = text.indexOf('\r\n\r\n');
    if (end === -1) return null;
    text = text.slice(end + 4);
  }
}

function judgeAlert(alert: number, isGuess: boolean): ProbeVerdict {
  if (isGuess || ABOUT_THE_HELLO.has(alert)) return PROBE_OK;
  return { result: 'alert', why: `was answered with TLS alert ${alert}` };
}

function readStatus(text: string): number | ProbeVerdict | null {
  const start = 'HTTP/1.';
  if (!text.startsWith(start.slice(0, text.length))) return NOT_HTTP;
  if (text.length < 'HTTP/1.1 200'.length) return null;
  const [, digits] = /^HTTP\/1\.\d ([1-9]\d\d)/.exec(text) ?? [];
  return digits === undefined ? NOT_HTTP : Number(digits);
}

function judgeStatus(status: number, { min, max }: StatusRange): ProbeVerdict {
  if (status >= min && status <= max) return PROBE_OK;
  return { result: 'bad-status', why: `was answered with HTTP ${status}` };
}
