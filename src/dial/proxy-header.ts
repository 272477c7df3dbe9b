import { writeIp, type IpEndpoint } from '../address.ts';
import {
  crc32c,
  V2_FAMILY,
  V2_HEADER_LENGTH,
  V2_LOCAL,
  V2_PROXY,
  V2_SIGNATURE,
  V2_TLV,
} from '../proxy-protocol.ts';

/** What a backend is told of its client. */
export interface ProxyFacts {
  readonly source: IpEndpoint;
  readonly destination: IpEndpoint;
  /** The name the client asked for. Version 2 only. */
  readonly serverName: string | null;
  /**
   * The protocols the client offers, in its order, latin1 text of their bytes; empty for none. Version 2
   * only: it is told the first, GREASE (RFC 8701) left aside. In passthrough nothing is negotiated
   * before the backend does it, so this is what the client would like best.
   */
  readonly alpn: readonly string[];
  /** The session's id, at most 128 characters; `''` leaves it out. Version 2 only. */
  readonly uniqueId: string;
}

const TLV_HEADER_LENGTH = 3;
const CRC_LENGTH = 4;
// Section 2.2.5.
const MAX_UNIQUE_ID = 128;
// Registered ones are far shorter. So no header exceeds 513 bytes: it fits the smallest segment (536),
// and what receivers with a cap take by default (dnsdist: 512 behind the first 16).
const MAX_ALPN = 64;
const MAPPED = '::ffff:';

/** The PROXY header for one session: haproxy `doc/proxy-protocol.txt`, section 2.1 or 2.2. */
export function proxyHeader(version: 'v1' | 'v2', facts: ProxyFacts): Buffer {
  return version === 'v1' ? textHeader(facts) : binaryHeader(facts);
}

/**
 * The PROXY header for a connection of our own, which no client is behind: `UNKNOWN` in version 1, the
 * LOCAL command in version 2.
 */
export function localHeader(version: 'v1' | 'v2'): Buffer {
  if (version === 'v1') return Buffer.from('PROXY UNKNOWN\r\n', 'latin1');
  const header = Buffer.alloc(V2_HEADER_LENGTH);
  header.set(V2_SIGNATURE, 0);
  header[12] = V2_LOCAL;
  header[13] = V2_FAMILY.unspecified;
  return header;
}

function textHeader({ source, destination }: ProxyFacts): Buffer {
  const six = hasIpv6(source, destination);
  const family = six ? 'TCP6' : 'TCP4';
  const from = six ? toIpv6Text(source.ip) : source.ip;
  const to = six ? toIpv6Text(destination.ip) : destination.ip;
  const line = `PROXY ${family} ${from} ${to} ${source.port} ${destination.port}\r\n`;
  return Buffer.from(line, 'latin1');
}

function binaryHeader(facts: ProxyFacts): Buffer {
  const { source, destination, serverName } = facts;
  const six = hasIpv6(source, destination);
  const uniqueId = facts.uniqueId.slice(0, MAX_UNIQUE_ID);
  const alpn = firstChoice(facts.alpn);
  const tlvs = tlvLength(alpn) + tlvLength(serverName ?? '') + tlvLength(uniqueId);
  const length = (six ? 36 : 12) + tlvs + TLV_HEADER_LENGTH + CRC_LENGTH;
  const header = Buffer.allocUnsafe(V2_HEADER_LENGTH + length);
  header.set(V2_SIGNATURE, 0);
  header[12] = V2_PROXY;
  header[13] = six ? V2_FAMILY.tcp6 : V2_FAMILY.tcp4;
  header.writeUInt16BE(length, 14);
  let at = writeAddresses(header, facts, six);
  at = writeTlv(header, at, V2_TLV.alpn, alpn);
  at = writeTlv(header, at, V2_TLV.authority, serverName ?? '');
  at = writeTlv(header, at, V2_TLV.uniqueId, uniqueId);
  writeChecksum(header, at);
  return header;
}

function firstChoice(alpn: readonly string[]): string {
  const first = alpn.find((protocol) => !isGrease(protocol)) ?? '';
  return first.length <= MAX_ALPN ? first : '';
}

// RFC 8701 section 2: two equal bytes, 0x0a 0x0a to 0xfa 0xfa.
function isGrease(protocol: string): boolean {
  const [first, second] = [protocol.charCodeAt(0), protocol.charCodeAt(1)];
  return protocol.length === 2 && first === second && (first & 0x0f) === 0x0a;
}

// A header has one family: where the two differ, the IPv4 address is told as an IPv4-mapped one.
function hasIpv6(source: IpEndpoint, destination: IpEndpoint): boolean {
  return source.ip.includes(':') || destination.ip.includes(':');
}

function toIpv6Text(ip: string): string {
  return ip.includes(':') ? ip : MAPPED + ip;
}

function writeAddresses(header: Buffer, { source, destination }: ProxyFacts, six: boolean): number {
  const write = six ? writeAsIpv6 : writeIp;
  let at = write(source.ip, header, V2_HEADER_LENGTH);
  at = write(destination.ip, header, at);
  at = header.writeUInt16BE(source.port, at);
  return header.writeUInt16BE(destination.port, at);
}

function writeAsIpv6(ip: string, header: Uint8Array, offset: number): number {
  if (ip.includes(':')) return writeIp(ip, header, offset);
  header.fill(0, offset, offset + 10).fill(0xff, offset + 10, offset + 12);
  return writeIp(ip, header, offset + 12);
}

function tlvLength(value: string): number {
  return value === '' ? 0 : TLV_HEADER_LENGTH + value.length;
}

function writeTlv(header: Buffer, offset: number, type: number, value: string): number {
  if (value === '') return offset;
  header[offset] = type;
  const at = header.writeUInt16BE(value.length, offset + 1);
  return at + header.write(value, at, 'latin1');
}

// Over the whole header with its own four bytes at zero.
function writeChecksum(header: Buffer, offset: number): void {
  header[offset] = V2_TLV.crc32c;
  const at = header.writeUInt16BE(CRC_LENGTH, offset + 1);
  header.fill(0, at);
  header.writeUInt32BE(crc32c(header), at);
}
