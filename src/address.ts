import { isIPv4, isIPv6 } from 'node:net';
import { parseServerName } from './server-name.ts';

/** One end of a TCP connection. `ip` is a canonical literal: never a name, never IPv4-mapped IPv6. */
export interface IpEndpoint {
  readonly ip: string;
  readonly port: number;
}

/** A unix socket, by its absolute path. */
export interface UnixEndpoint {
  readonly path: string;
}

export type Endpoint = IpEndpoint | UnixEndpoint;

/** Host and port as an operator wrote them: `host` is a canonical IP literal without brackets, or a DNS name. */
export interface HostPort {
  readonly host: string;
  readonly port: number | null;
}

const MAX_PORT = 65_535;
const MAPPED_PREFIX = '::ffff:';
const IPV6_BYTES = 16;
// `sun_path` of unix(7) is 108 bytes with its NUL.
const MAX_SOCKET_PATH = 107;
const DOT = 0x2e;
const DIGIT_ZERO = 0x30;
const COLON = 0x3a;
const LETTER_A = 0x61;

/**
 * Parse `1.2.3.4`, `1.2.3.4:80`, `name:80`, `[::1]` or `[::1]:80`. `null` when it is none of them:
 * `127.1` and other numbers that only `inet_aton` takes for an address are not names either.
 */
export function parseHostPort(text: string): HostPort | null {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text);
  if (match === null) return null;
  const [, bracketed, plain, portText] = match;
  const host = bracketed === undefined ? parseHost(plain!) : parseIpv6(bracketed);
  const port = portText === undefined ? null : parsePort(portText);
  if (host === null || (portText !== undefined && port === null)) return null;
  return { host, port };
}

/** A canonical IPv4 literal or a lower-case DNS name, else `null`. */
export function parseHost(text: string): string | null {
  return isIPv4(text) ? text : parseServerName(text);
}

/** The canonical spelling of an IPv6 literal (IPv4 where it is a mapped one), else `null`. */
export function parseIpv6(text: string): string | null {
  return text.includes(':') ? canonicalIp(text) : null;
}

/** A port from 1 to 65535 in plain decimal without leading zeroes, else `null`. */
export function parsePort(text: string): number | null {
  if (!/^[1-9]\d{0,4}$/.test(text)) return null;
  const port = Number(text);
  return port <= MAX_PORT ? port : null;
}

/**
 * The absolute path of a unix socket, else `null`. It has one spelling, so that a rule about a folder
 * holds for all that is in it: no `.`, `..` or empty component, no control characters, 107 bytes.
 */
export function parseSocketPath(text: string): string | null {
  if (!text.startsWith('/') || Buffer.byteLength(text) > MAX_SOCKET_PATH) return null;
  const parts = text.slice(1).split('/');
  const plain = parts.every((part) => part !== '' && part !== '.' && part !== '..');
  return plain && !/\p{Cc}/u.test(text) ? text : null;
}

/**
 * The one spelling of an IP literal: dotted decimal, or RFC 5952 lower-case IPv6; IPv4-mapped IPv6
 * becomes IPv4. `null` for anything `inet_pton` would refuse, a zone index included.
 */
export function canonicalIp(text: string): string | null {
  if (isIPv4(text)) return text;
  if (!isIPv6(text) || text.includes('%')) return null;
  return ipText(ipBytes(text));
}

/** The address in network order: 4 bytes, or 16. `ip` must be a valid literal without a zone. */
export function ipBytes(ip: string): Uint8Array {
  const bytes = new Uint8Array(ip.includes(':') ? IPV6_BYTES : 4);
  writeIp(ip, bytes, 0);
  return bytes;
}

/** Write what `ipBytes` gives into `bytes` at `offset`; returns the offset behind it. */
export function writeIp(ip: string, bytes: Uint8Array, offset: number): number {
  return ip.includes(':') ? writeIpv6(ip, bytes, offset) : writeIpv4(ip, bytes, offset);
}

/** The canonical text of 4 or 16 address bytes; IPv4-mapped IPv6 prints as IPv4. */
export function ipText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  if (isMapped(bytes)) return bytes.subarray(12).join('.');
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((bytes[i]! << 8) | bytes[i + 1]!);
  return compressGroups(groups);
}

/** An address as `node:net` reports it: mapped IPv4 unwrapped, a zone index dropped. */
export function plainIp(reported: string): string {
  const zone = reported.indexOf('%');
  const ip = zone === -1 ? reported : reported.slice(0, zone);
  return ip.startsWith(MAPPED_PREFIX) && ip.includes('.') ? ip.slice(MAPPED_PREFIX.length) : ip;
}

/** `host:port` with brackets round IPv6, or `unix:/path`. */
export function formatEndpoint(endpoint: Endpoint): string {
  return 'path' in endpoint ? `unix:${endpoint.path}` : formatHostPort(endpoint.ip, endpoint.port);
}

export function formatHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function isMapped(bytes: Uint8Array): boolean {
  for (let i = 0; i < 10; i++) if (bytes[i] !== 0) return false;
  return bytes[10] === 0xff && bytes[11] === 0xff;
}

// Runs for every PROXY header: no arrays on the way.
function writeIpv4(ip: string, bytes: Uint8Array, offset: number): number {
  let at = offset;
  let octet = 0;
  for (let i = 0; i < ip.length; i++) {
    const code = ip.charCodeAt(i);
    if (code !== DOT) {
      octet = octet * 10 + code - DIGIT_ZERO;
      continue;
    }
    bytes[at++] = octet;
    octet = 0;
  }
  bytes[at++] = octet;
  return at;
}

function writeIpv6(ip: string, bytes: Uint8Array, offset: number): number {
  const end = offset + IPV6_BYTES;
  const gap = ip.indexOf('::');
  bytes.fill(0, offset, end);
  if (gap === -1) {
    writeGroups(ip, bytes, offset);
    return end;
  }
  const tail = ip.slice(gap + 2);
  writeGroups(ip.slice(0, gap), bytes, offset);
  writeGroups(tail, bytes, end - groupsLength(tail));
  return end;
}

function groupsLength(text: string): number {
  if (text === '') return 0;
  let groups = text.includes('.') ? 2 : 1;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) === COLON) groups++;
  return groups * 2;
}

function writeGroups(text: string, bytes: Uint8Array, offset: number): void {
  if (text === '') return;
  let at = offset;
  let group = 0;
  let start = 0;
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : COLON;
    if (code === DOT) {
      writeIpv4(text.slice(start), bytes, at);
      return;
    }
    if (code !== COLON) {
      group = group * 16 + hexDigit(code);
      continue;
    }
    bytes[at++] = group >> 8;
    bytes[at++] = group & 0xff;
    group = 0;
    start = i + 1;
  }
}

function hexDigit(code: number): number {
  return code < COLON ? code - DIGIT_ZERO : (code | 0x20) - LETTER_A + 10;
}

// RFC 5952 section 4.2: the longest run of two or more zero groups, the first of equals, becomes `::`.
function compressGroups(groups: readonly number[]): string {
  const run = longestZeroRun(groups);
  const hex = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  if (run.length < 2) return hex(groups);
  return `${hex(groups.slice(0, run.start))}::${hex(groups.slice(run.start + run.length))}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let i = 0; i <= groups.length; i++) {
    if (groups[i] === 0) continue;
    if (i - start > best.length) best = { start, length: i - start };
    start = i + 1;
  }
  return best;
}
