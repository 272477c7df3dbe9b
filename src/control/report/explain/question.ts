import { canonicalIp } from '../../../address.ts';
import type { Protocol } from '../../../protocol.ts';
import { parseServerName, type ServerName } from '../../../server-name.ts';

/** What a client would say: where would it go? */
export interface Question {
  /** `null` for a client that names nobody. */
  readonly name: ServerName | null;
  readonly protocol: Protocol;
  readonly alpn: readonly string[];
  /** The client's address, canonical, or `null` where it does not matter. */
  readonly from: string | null;
}

/** The same as texts, as they come from a command line or a query. */
export interface AskedQuestion {
  readonly host: string;
  readonly protocol: string;
  readonly alpn: readonly string[];
  readonly from: string | null;
}

/** What is wrong with one of the texts, worded to follow it. */
export interface QuestionProblem {
  readonly part: keyof AskedQuestion;
  readonly reason: string;
}

// RFC 7301 section 3.1: a name of 1 to 255 bytes. More than a few is no client.
const MAX_ALPN = 32;
const ALPN_NAME = /^[\x21-\x7e]{1,255}$/;

/** Read a question as the edge would read it from a client: `App.Example.com.` is `app.example.com`. */
export function readQuestion(asked: AskedQuestion): Question | QuestionProblem {
  const { host, protocol, alpn, from } = asked;
  const name = host === '' ? null : parseServerName(host);
  if (host !== '' && name === null)
    return { part: 'host', reason: 'is not a name that a client can ask for' };
  if (protocol !== 'tls' && protocol !== 'http')
    return { part: 'protocol', reason: 'is not tls or http' };
  const wrong = problemOfAlpn(alpn);
  if (wrong !== null) return { part: 'alpn', reason: wrong };
  const ip = from === null ? null : canonicalIp(from);
  if (from !== null && ip === null) return { part: 'from', reason: 'is not an IP address' };
  return { name, protocol, alpn, from: ip };
}

/** Whether the client is a certificate authority that validates (RFC 8737 section 6.2): nobody else offers this. */
export function isAcme({ protocol, alpn }: Question): boolean {
  return protocol === 'tls' && alpn.includes('acme-tls/1');
}

function problemOfAlpn(alpn: readonly string[]): string | null {
  if (alpn.length > MAX_ALPN) return `is more than ${MAX_ALPN} names`;
  const good = alpn.every((each) => ALPN_NAME.test(each));
  return good ? null : 'is not a protocol name such as h2 or acme-tls/1';
}
