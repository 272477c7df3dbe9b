import { Cursor } from '../cursor.ts';
import type { TlsHello, Verdict } from '../hello.ts';
import { FOREIGN, INCOMPLETE, malformed } from '../verdict.ts';
import { bareHello } from './client-hello.ts';

/** The length field, which does not count itself. */
const HEADER_LENGTH = 2;
const CLIENT_HELLO = 1;
// msg_type, version, three lengths: what is left of a message that is empty otherwise.
const MIN_MESSAGE_LENGTH = 9;

/** Whether the first byte can start an SSLv2 message: the top bit of its length is set. */
export function startsSsl2(first: number): boolean {
  return (first & 0x80) !== 0;
}

/** How long an SSLv2 message is, its header included. Needs the first two bytes. */
export function ssl2Length(head: Buffer): number {
  return HEADER_LENGTH + (((head[0]! & 0x7f) << 8) | head[1]!);
}

/**
 * Parse the SSLv2-compatible hello that very old clients open with (RFC 5246 appendix E.2). It has no
 * extensions, so it names nobody.
 */
export function parseSsl2Hello(head: Buffer, length: number): Verdict<TlsHello> {
  if (length > 2 && head[2] !== CLIENT_HELLO) return FOREIGN;
  // Version {0, 2}, or {3, x} from a client that would rather speak SSL 3.0 or TLS.
  if (length > 3 && head[3] !== 0 && head[3] !== 3) return FOREIGN;
  if (length < HEADER_LENGTH + MIN_MESSAGE_LENGTH) return INCOMPLETE;
  const end = ssl2Length(head);
  const message = new Cursor(head, HEADER_LENGTH + 1, end);
  const version = message.u16();
  const content = message.u16() + message.u16() + message.u16();
  if (message.overrun || content !== message.left) return malformed('length of SSLv2 hello');
  return length < end ? INCOMPLETE : { kind: 'hello', hello: bareHello(version) };
}
