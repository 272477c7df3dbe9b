/** What to put into a hand-made ClientHello. Whatever is left out is ordinary. */
export interface HelloParts {
  readonly version?: number;
  readonly sessionId?: Uint8Array;
  readonly ciphers?: Uint8Array;
  readonly compression?: Uint8Array;
  /** In this order; `null` for a hello that ends before them. */
  readonly extensions?: readonly Buffer[] | null;
}

const HANDSHAKE = 0x16;

/** One handshake message, as it goes into records. */
export function helloMessage(parts: HelloParts = {}): Buffer {
  const body = Buffer.concat([
    u16(parts.version ?? 0x0303),
    Buffer.alloc(32, 0xaa),
    vector8(parts.sessionId ?? Buffer.alloc(32, 0xbb)),
    vector16(parts.ciphers ?? Buffer.of(0x13, 0x01, 0x13, 0x02)),
    vector8(parts.compression ?? Buffer.of(0)),
    parts.extensions === null ? Buffer.alloc(0) : vector16(Buffer.concat(parts.extensions ?? [])),
  ]);
  return Buffer.concat([Buffer.of(1, body.length >> 16), u16(body.length & 0xffff), body]);
}

/** The message in records of at most `size` bytes, each with its own header. */
export function inRecords(message: Buffer, size = 2 ** 14, version = 0x0301): Buffer {
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) {
    records.push(record(message.subarray(at, at + size), { version }));
  }
  return Buffer.concat(records);
}

/** The message in two records, the first with `length` bytes of it. */
export function inTwoRecords(message: Buffer, length: number): Buffer {
  return Buffer.concat([record(message.subarray(0, length)), record(message.subarray(length))]);
}

/** A whole hello in one record, with this server name. */
export function clientHello(name: string, extensions: readonly Buffer[] = []): Buffer {
  return inRecords(helloMessage({ extensions: [serverNames(name), ...extensions] }));
}

/** A whole hello of exactly `length` bytes in one record, filled up with a padding extension (RFC 7685). */
export function helloOfLength(name: string, length: number): Buffer {
  const bare = clientHello(name, [extension(21, Buffer.alloc(0))]);
  return clientHello(name, [extension(21, Buffer.alloc(length - bare.length))]);
}

export function record(payload: Uint8Array, { type = HANDSHAKE, version = 0x0301 } = {}): Buffer {
  return Buffer.concat([Buffer.of(type), u16(version), vector16(payload)]);
}

export function extension(type: number, body: Uint8Array): Buffer {
  return Buffer.concat([u16(type), vector16(body)]);
}

/** A server_name extension with a host_name for each name. */
export function serverNames(...names: readonly (string | Buffer)[]): Buffer {
  return extension(0, vector16(Buffer.concat(names.map((name) => serverName(name)))));
}

/** One entry of a server_name list. */
export function serverName(name: string | Buffer, type = 0): Buffer {
  return Buffer.concat([Buffer.of(type), vector16(Buffer.from(name))]);
}

export function alpn(...names: readonly string[]): Buffer {
  return extension(16, vector16(Buffer.concat(names.map((name) => vector8(Buffer.from(name))))));
}

export function supportedVersions(...versions: readonly number[]): Buffer {
  return extension(43, vector8(Buffer.concat(versions.map(u16))));
}

export const EARLY_DATA = extension(42, Buffer.alloc(0));
export const ECH = extension(0xfe0d, Buffer.alloc(200, 0xec));
export const GREASE = extension(0x0a0a, Buffer.of(0));

/** The SSLv2-compatible hello of RFC 5246 appendix E.2. */
export function ssl2Hello(version = 0x0301): Buffer {
  const ciphers = Buffer.of(0, 0, 0x2f, 7, 0, 0xc0);
  const challenge = Buffer.alloc(16, 0xcc);
  const lengths = [u16(ciphers.length), u16(0), u16(challenge.length)];
  const message = Buffer.concat([Buffer.of(1), u16(version), ...lengths, ciphers, challenge]);
  return Buffer.concat([u16(0x8000 | message.length), message]);
}

export function u16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff);
}

export function vector8(content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(content.length), content]);
}

export function vector16(content: Uint8Array): Buffer {
  return Buffer.concat([u16(content.length), content]);
}
