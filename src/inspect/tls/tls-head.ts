import type { TlsHello } from '../hello.ts';
import { FOREIGN, INCOMPLETE, malformed, TOO_LARGE } from '../verdict.ts';
import type { HeadReader, Reading } from '../verdict.ts';
import { parseClientHello } from './client-hello.ts';
import { RecordLayer } from './record-layer.ts';
import { parseSsl2Hello, ssl2Length, startsSsl2 } from './ssl2-hello.ts';

const HANDSHAKE = 0x16;

/** Whether the first byte of a connection can start a TLS one. No HTTP request starts with such a byte. */
export function startsTls(first: number): boolean {
  return first === HANDSHAKE || startsSsl2(first);
}

/** Reads a ClientHello over any number of segments and records, or an SSLv2-compatible one. */
export class TlsHeadReader implements HeadReader<TlsHello> {
  headLength = 0;
  readonly #limit: number;
  readonly #records: RecordLayer;

  /** `limit`: the longest head accepted, in bytes on the wire. */
  constructor(limit: number) {
    this.#limit = limit;
    this.#records = new RecordLayer(limit);
  }

  read(head: Buffer): Reading<TlsHello> {
    if (head.length === 0) return INCOMPLETE;
    if (head[0] === HANDSHAKE) return this.#readRecords(head);
    if (startsSsl2(head[0]!)) return this.#readSsl2(head);
    return FOREIGN;
  }

  #readRecords(head: Buffer): Reading<TlsHello> {
    const step = this.#records.read(head);
    if (step === 'incomplete') return INCOMPLETE;
    if (step === 'too large') return TOO_LARGE;
    if (step !== 'whole') return malformed(step);
    this.headLength = this.#records.messageEnd;
    return parseClientHello(...this.#records.message(head));
  }

  #readSsl2(head: Buffer): Reading<TlsHello> {
    const length = Math.min(head.length, this.#limit);
    const verdict = parseSsl2Hello(head, length);
    if (verdict.kind === 'incomplete' && length === this.#limit) return TOO_LARGE;
    this.headLength = verdict.kind === 'hello' ? ssl2Length(head) : 0;
    return verdict;
  }
}
