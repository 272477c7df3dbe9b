import { ipBytes, ipText, type Endpoint, type IpEndpoint } from '../../../address.ts';
import { AF_INET, AF_INET6, AF_UNIX } from './linux.ts';

/** The size of `struct sockaddr_un`, the largest one used. */
export const SOCKADDR_BYTES = 112;

const SIZE_IN = 16;
const SIZE_IN6 = 28;
const MAX_UNIX_PATH = 107;

/** What there is to say of an address that is not known: of another family, or of a closed socket. */
export const UNSPECIFIED: IpEndpoint = { ip: '0.0.0.0', port: 0 };

/** The address family to dial or listen with. */
export function familyOf(endpoint: Endpoint): number {
  if ('path' in endpoint) return AF_UNIX;
  return endpoint.ip.includes(':') ? AF_INET6 : AF_INET;
}

/** Write the sockaddr of `endpoint`, and return its length: 0 when a unix path is too long. */
export function encodeSockaddr(endpoint: Endpoint, into: Buffer): number {
  const family = familyOf(endpoint);
  into.fill(0, 0, SOCKADDR_BYTES);
  into.writeUInt16LE(family, 0);
  if ('path' in endpoint) return encodePath(endpoint.path, into);
  into.writeUInt16BE(endpoint.port, 2);
  into.set(ipBytes(endpoint.ip), family === AF_INET ? 4 : 8);
  return family === AF_INET ? SIZE_IN : SIZE_IN6;
}

/** Read a sockaddr of `length` bytes; `UNSPECIFIED` for a family that has no endpoint. */
export function decodeSockaddr(bytes: Buffer, length: number): Endpoint {
  const family = length < 2 ? -1 : bytes.readUInt16LE(0);
  if (family === AF_UNIX) return { path: decodePath(bytes.subarray(2, length)) };
  const { ip, port } = packSockaddr(bytes);
  return { ip: unpackIp(ip), port };
}

/** An address as it is kept: IPv4 as a number, its first byte highest and the sign bit; IPv6 as its text. */
export type PackedIp = number | string;

export interface PackedEndpoint {
  readonly ip: PackedIp;
  readonly port: number;
}

/** As `decodeSockaddr`, for what must be an IP endpoint, and with little made of it yet. */
export function packSockaddr(bytes: Buffer): PackedEndpoint {
  const family = bytes.readUInt16LE(0);
  if (family === AF_INET) return { ip: bytes.readInt32BE(4), port: bytes.readUInt16BE(2) };
  if (family !== AF_INET6) return UNSPECIFIED;
  return { ip: ipText(bytes.subarray(8, 24)), port: bytes.readUInt16BE(2) };
}

export function unpackIp(ip: PackedIp): string {
  return typeof ip === 'number' ? inText(ip) : ip;
}

/** The endpoint of an IPv4 address given as one number, its first byte highest. */
export function inEndpoint(address: number, port: number): IpEndpoint {
  return { ip: inText(address), port };
}

function inText(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

function encodePath(path: string, into: Buffer): number {
  const length = Buffer.byteLength(path);
  if (length > MAX_UNIX_PATH) return 0;
  into.write(path, 2);
  return 2 + length + 1;
}

function decodePath(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end === -1 ? bytes.length : end);
}
