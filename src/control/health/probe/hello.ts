import { randomBytes } from 'node:crypto';

/**
 * The ClientHello of a probe (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2): it offers what any TLS
 * stack of the last fifteen years can choose from, so that a backend that lives answers with a ServerHello.
 */
export interface HelloFacts {
  /** The name asked for; `null` for none. */
  readonly name: string | null;
  /** The one protocol offered; `null` for no such extension, which every server goes along with. */
  readonly alpn: string | null;
}

const HANDSHAKE = 0x16;
const CLIENT_HELLO = 1;
// What records and hellos say whatever is really offered (RFC 8446 sections 4.1.2 and 5.1).
const TLS_1_0 = 0x0301;
const TLS_1_2 = 0x0303;
const RANDOM_LENGTH = 32;
const X25519 = 0x001d;

const TLS13_CIPHERS = [0x1301, 0x1302, 0x1303];
const AEAD_CIPHERS = [0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8];
const OLD_CIPHERS = [0xc009, 0xc013, 0xc00a, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035];
const CIPHERS = [...TLS13_CIPHERS, ...AEAD_CIPHERS, ...OLD_CIPHERS];
/** x25519, P-256, P-384, P-521. */
const GROUPS = [X25519, 0x0017, 0x0018, 0x0019];
const ECDSA = [0x0403, 0x0503, 0x0603];
const RSA_PSS = [0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b];
const RSA = [0x0401, 0x0501, 0x0601];
const EDWARDS = [0x0807];
const SHA1 = [0x0203, 0x0201];
const SIGNATURES = [...ECDSA, ...RSA_PSS, ...RSA, ...EDWARDS, ...SHA1];
const VERSIONS = [0x0304, 0x0303, 0x0302, 0x0301];

const EXTENSION = {
  serverName: 0,
  groups: 10,
  pointFormats: 11,
  signatures: 13,
  alpn: 16,
  extendedMasterSecret: 23,
  versions: 43,
  pskModes: 45,
  keyShare: 51,
  renegotiationInfo: 0xff01,
} as const;

/** One record with a fresh hello. Any 32 bytes are a public key of X25519 (RFC 7748 section 5). */
export function probeHello({ name, alpn }: HelloFacts): Buffer {
  const body = Buffer.concat([
    u16s([TLS_1_2]),
    randomBytes(RANDOM_LENGTH),
    // A session id makes TLS 1.3 look like 1.2 to what stands between (RFC 8446 appendix D.4).
    vector8(randomBytes(RANDOM_LENGTH)),
    vector16(u16s(CIPHERS)),
    vector8(Buffer.of(0)),
    vector16(Buffer.concat(extensions(name, alpn))),
  ]);
  const message = Buffer.concat([Buffer.of(CLIENT_HELLO, 0), vector16(body)]);
  return Buffer.concat([Buffer.of(HANDSHAKE), u16s([TLS_1_0]), vector16(message)]);
}

function extensions(name: string | null, alpn: string | null): readonly Buffer[] {
  const keyShare = Buffer.concat([u16s([X25519]), vector16(randomBytes(32))]);
  const named = name === null ? [] : [extension(EXTENSION.serverName, serverNames(name))];
  const offered = alpn === null ? [] : [extension(EXTENSION.alpn, protocols(alpn))];
  return [
    ...named,
    extension(EXTENSION.extendedMasterSecret, Buffer.alloc(0)),
    extension(EXTENSION.renegotiationInfo, Buffer.of(0)),
    extension(EXTENSION.groups, vector16(u16s(GROUPS))),
    extension(EXTENSION.pointFormats, vector8(Buffer.of(0))),
    extension(EXTENSION.signatures, vector16(u16s(SIGNATURES))),
    ...offered,
    extension(EXTENSION.versions, vector8(u16s(VERSIONS))),
    extension(EXTENSION.pskModes, vector8(Buffer.of(1))),
    extension(EXTENSION.keyShare, vector16(keyShare)),
  ];
}

// RFC 6066 section 3: a list of one host_name.
function serverNames(name: string): Buffer {
  return vector16(Buffer.concat([Buffer.of(0), vector16(Buffer.from(name, 'latin1'))]));
}

// RFC 7301 section 3.1.
function protocols(alpn: string): Buffer {
  return vector16(vector8(Buffer.from(alpn, 'latin1')));
}

function extension(type: number, body: Buffer): Buffer {
  return Buffer.concat([u16s([type]), vector16(body)]);
}

function vector8(content: Buffer): Buffer {
  return Buffer.concat([Buffer.of(content.length), content]);
}

function vector16(content: Buffer): Buffer {
  return Buffer.concat([u16s([content.length]), content]);
}

function u16s(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeUInt16BE(value, index * 2);
  return bytes;
}
