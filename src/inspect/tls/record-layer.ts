const HANDSHAKE = 0x16;
const CLIENT_HELLO = 0x01;
const RECORD_HEADER_LENGTH = 5;
const MESSAGE_HEADER_LENGTH = 4;
// RFC 8446 section 5.1: a plaintext record is no longer than 2^14 bytes.
const MAX_RECORD_LENGTH = 2 ** 14;

export type RecordFault =
  | 'not a handshake record'
  | 'record version is not 3.x'
  | 'zero-length record'
  | 'record over 2^14 bytes'
  | 'first message is not a ClientHello';

/**
 * Finds the first handshake message, a ClientHello, in one TLS record or spread over any number
 * (RFC 8446 section 5.1), one byte each if the client likes.
 *
 * Time is linear however the bytes arrive: a record passed is not looked at again until the message is
 * whole. Nothing is buffered here: the message is assembled once, and only if records split it.
 */
export class RecordLayer {
  /** Where the message ends among the bytes received: a lower bound until it is whole. */
  messageEnd = RECORD_HEADER_LENGTH + MESSAGE_HEADER_LENGTH;
  readonly #limit: number;
  /** Start of the record that is being read. */
  #record = 0;
  /** Bytes of the message in the records before it. */
  #passed = 0;
  /** Those of them that belong to the message's own header, as one number. */
  #headerPassed = 0;
  /** Length of the message, its header included; 0 while unknown. */
  #length = 0;

  /** `limit`: the longest message accepted, in bytes on the wire, record headers included. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Read on, where `bytes` is everything received so far. */
  read(bytes: Buffer): 'incomplete' | 'whole' | 'too large' | RecordFault {
    const available = Math.min(bytes.length, this.#limit);
    for (;;) {
      const fault = this.#checkHeader(bytes, available);
      if (fault !== null) return fault;
      const start = this.#record + RECORD_HEADER_LENGTH;
      if (available <= start) break;
      const end = start + this.#recordLength(bytes, start);
      const step = this.#readPayload(bytes, start, Math.min(end, available), end);
      if (step !== 'incomplete') return step;
      if (available < end) break;
      this.#passed += end - start;
      this.#record = end;
    }
    return available === this.#limit ? 'too large' : 'incomplete';
  }

  /** The message without its header, once it is whole: a buffer, where it starts and where it ends. */
  message(bytes: Buffer): readonly [Buffer, number, number] {
    if (this.#passed === 0) {
      return [bytes, RECORD_HEADER_LENGTH + MESSAGE_HEADER_LENGTH, this.messageEnd];
    }
    const whole = Buffer.allocUnsafe(this.#length);
    for (let filled = 0, end = 0; filled < this.#length;) {
      const start = end + RECORD_HEADER_LENGTH;
      end = start + this.#recordLength(bytes, start);
      filled += bytes.copy(whole, filled, start, end);
    }
    return [whole, MESSAGE_HEADER_LENGTH, this.#length];
  }

  #recordLength(bytes: Buffer, start: number): number {
    return (bytes[start - 2]! << 8) | bytes[start - 1]!;
  }

  #checkHeader(bytes: Buffer, available: number): RecordFault | null {
    const at = this.#record;
    if (available > at && bytes[at] !== HANDSHAKE) return 'not a handshake record';
    // RFC 5246 appendix E.1: a hello comes with any {3, x}. DTLS has another byte here.
    if (available > at + 1 && bytes[at + 1] !== 3) return 'record version is not 3.x';
    if (available < at + RECORD_HEADER_LENGTH) return null;
    const length = this.#recordLength(bytes, at + RECORD_HEADER_LENGTH);
    if (length > MAX_RECORD_LENGTH) return 'record over 2^14 bytes';
    return length === 0 ? 'zero-length record' : null;
  }

  /** The payload from `start` to `seen`, of a record that will end at `end`. */
  #readPayload(bytes: Buffer, start: number, seen: number, end: number) {
    if (this.#length === 0) {
      const header = this.#readMessageHeader(bytes, start, seen);
      if (header === null) return 'first message is not a ClientHello';
      if (seen === end) this.#headerPassed = header;
    }
    if (this.#length === 0) return 'incomplete';
    this.messageEnd = start + this.#length - this.#passed;
    if (this.messageEnd > this.#limit) return 'too large';
    return seen >= this.messageEnd ? 'whole' : 'incomplete';
  }

  /** Its bytes so far as one number: records may split it too. Null if it is no ClientHello. */
  #readMessageHeader(bytes: Buffer, start: number, seen: number): number | null {
    if (this.#passed === 0 && bytes[start] !== CLIENT_HELLO) return null;
    const known = Math.min(MESSAGE_HEADER_LENGTH, this.#passed + seen - start);
    let header = this.#headerPassed;
    let at = start;
    for (let i = this.#passed; i < known; i++) header = (header << 8) | bytes[at++]!;
    if (known === MESSAGE_HEADER_LENGTH) this.#length = MESSAGE_HEADER_LENGTH + (header & 0xffffff);
    return header;
  }
}
