import type { Protocol } from '../protocol.ts';
import { endOfToken, SP } from './http/syntax.ts';
import type { Spoken } from './refusals.ts';
import { startsTls } from './tls/tls-head.ts';

// Every registered method is upper case, and none is longer than UPDATEREDIRECTREF.
const METHOD = /^[A-Z]+$/;
const MAX_METHOD_LENGTH = 17;
// A PROXY header of version 1 stands before whatever its client speaks.
const PROXY = 'PROXY';

/**
 * What a client seems to speak, from whatever it has sent to a listener of this protocol: for choosing
 * an answer that it understands when no hello could be read.
 */
export function sniff(head: Buffer, listener: Protocol | 'auto'): Spoken {
  if (head.length === 0) return 'unknown';
  if (startsTls(head[0]!)) return 'tls';
  return listener === 'http' || looksLikeRequest(head) ? 'http' : 'unknown';
}

/** Whether bytes where TLS may come are somebody's plain HTTP. SSH and SMTP are not. */
export function looksLikeRequest(head: Buffer): boolean {
  const end = endOfToken(head, 0, Math.min(head.length, MAX_METHOD_LENGTH + 1));
  const word = head.toString('latin1', 0, end);
  return METHOD.test(word) && word !== PROXY && (end === head.length || head[end] === SP);
}
