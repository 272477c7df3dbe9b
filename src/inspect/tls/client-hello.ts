import { Cursor } from '../cursor.ts';
import type { TlsHello, Verdict } from '../hello.ts';
import { malformed } from '../verdict.ts';
import { readExtensions } from './extensions.ts';

const RANDOM_LENGTH = 32;
// RFC 8446 section 4.1.2: legacy_session_id<0..32>.
const MAX_SESSION_ID_LENGTH = 32;
const SSL_3_0 = 0x0300;

/** Parse the body of a whole ClientHello, without the message header (RFC 8446 section 4.1.2). */
export function parseClientHello(bytes: Buffer, start: number, end: number): Verdict<TlsHello> {
  const body = new Cursor(bytes, start, end);
  const version = body.u16();
  body.skip(RANDOM_LENGTH);
  const sessionIdLength = body.u8();
  body.skip(sessionIdLength);
  // cipher_suites, then legacy_compression_methods: the backend's business.
  body.skip(body.u16());
  body.skip(body.u8());
  if (body.overrun) return malformed('truncated ClientHello');
  if (version < SSL_3_0) return malformed('client_version below SSL 3.0');
  if (sessionIdLength > MAX_SESSION_ID_LENGTH) return malformed('session id over 32 bytes');
  // Before TLS 1.2 a hello could end here (RFC 5246 section 7.4.1.2).
  if (body.left === 0) return { kind: 'hello', hello: bareHello(version) };
  return body.fills16() ? readExtensions(body, version) : malformed('length of extensions');
}

/** A hello without extensions: it names nobody. */
export function bareHello(version: number): TlsHello {
  return { protocol: 'tls', serverName: null, alpn: [], version, ech: false, earlyData: false };
}
