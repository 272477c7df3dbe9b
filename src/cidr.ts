import { canonicalIp, ipBytes, ipText, parseSocketPath } from './address.ts';

/** A block of addresses. A bare address is a block of one. */
export interface Cidr {
  /** The first address of the block: 4 bytes, or 16. */
  readonly bytes: Uint8Array;
  /** Leading bits that count, 0 to 32 or 128. */
  readonly prefix: number;
}

/** The unix sockets at a path and in the folders below it; `/` is all of them. */
export interface SocketTree {
  readonly path: string;
}

/** What an operator allows or denies as a backend: `10.0.0.0/8`, `fd00::1` or `unix:/run/apps`. */
export type AddressRule = Cidr | SocketTree;

// An IPv4-mapped block, `::ffff:10.0.0.0/104`, is the IPv4 block behind these bits.
const MAPPED_BITS = 96;
const UNIX = 'unix:';

/** Parse `10.0.0.0/8`, `fd00::/8` or a bare address. `null` when it is none, or has bits past its prefix. */
export function parseCidr(text: string): Cidr | null {
  const match = /^([^/]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text);
  const ip = match === null ? null : canonicalIp(match[1]!);
  if (match === null || ip === null) return null;
  const bytes = ipBytes(ip);
  const bits = bytes.length * 8;
  const mapped = bits === 32 && match[1]!.includes(':');
  const prefix = match[2] === undefined ? bits : Number(match[2]) - (mapped ? MAPPED_BITS : 0);
  if (prefix < 0 || prefix > bits) return null;
  const cidr = { bytes, prefix };
  return hasHostBits(cidr) ? null : cidr;
}

/** Whether the address, as 4 or 16 bytes, is in the block. Families never match each other. */
export function cidrContains(cidr: Cidr, address: Uint8Array): boolean {
  if (address.length !== cidr.bytes.length) return false;
  const whole = cidr.prefix >> 3;
  for (let i = 0; i < whole; i++) if (address[i] !== cidr.bytes[i]) return false;
  const rest = cidr.prefix & 7;
  return rest === 0 || (address[whole]! ^ cidr.bytes[whole]!) >> (8 - rest) === 0;
}

/** Whether the path is the tree's own or below it. `/run/app` does not contain `/run/apple`. */
export function socketTreeContains(tree: SocketTree, path: string): boolean {
  if (tree.path === '/' || tree.path === path) return true;
  return path.startsWith(tree.path) && path.charAt(tree.path.length) === '/';
}

/** Parse a block as `parseCidr` does, or `unix:/path` with or without a final slash. */
export function parseAddressRule(text: string): AddressRule | null {
  if (!text.startsWith(UNIX)) return parseCidr(text);
  const path = text.slice(UNIX.length);
  if (path === '/') return { path };
  const plain = parseSocketPath(path.endsWith('/') ? path.slice(0, -1) : path);
  return plain === null ? null : { path: plain };
}

export function formatAddressRule(rule: AddressRule): string {
  return 'path' in rule ? `${UNIX}${rule.path}` : `${ipText(rule.bytes)}/${rule.prefix}`;
}

function hasHostBits(cidr: Cidr): boolean {
  for (let bit = cidr.prefix; bit < cidr.bytes.length * 8; bit++) {
    if ((cidr.bytes[bit >> 3]! & (0x80 >> (bit & 7))) !== 0) return true;
  }
  return false;
}
