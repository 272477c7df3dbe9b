import { cidrContains, parseAddressRule, type AddressRule, type Cidr } from '../cidr.ts';

/** A place that no backend may be at, unless an operator allows it by name, and what it is. */
export interface Forbidden {
  readonly rule: AddressRule;
  readonly reason: string;
}

/**
 * What is refused by default. A route comes from whoever may write to Redis, often a tenant: none of
 * these is a backend of theirs, and most of them are ours or the cloud's.
 */
export const FORBIDDEN: readonly Forbidden[] = [
  forbid('0.0.0.0/8', 'this network, which is this machine'),
  forbid('127.0.0.0/8', 'loopback'),
  forbid('169.254.0.0/16', 'link-local, where cloud metadata is'),
  forbid('224.0.0.0/4', 'multicast'),
  forbid('240.0.0.0/4', 'reserved or broadcast'),
  forbid('168.63.129.16', 'the metadata of Azure'),
  forbid('100.100.100.200', 'the metadata of Alibaba Cloud'),
  forbid('192.0.0.192', 'the metadata of Oracle Cloud'),
  forbid('::', 'unspecified, which is this machine'),
  forbid('::1', 'loopback'),
  forbid('fe80::/10', 'link-local'),
  forbid('ff00::/8', 'multicast'),
  forbid('fd00:ec2::/32', 'the metadata of AWS'),
  forbid('fd20:ce::254', 'the metadata of Google Cloud'),
  forbid('64:ff9b::/96', 'a NAT64 spelling of an IPv4 address'),
  forbid('64:ff9b:1::/48', 'a NAT64 spelling of an IPv4 address'),
  forbid('unix:/', 'a unix socket'),
];

interface Spelling {
  readonly block: Cidr;
  /** Where in the 16 bytes the IPv4 address is. */
  readonly at: number;
  /** What its bytes are XORed with. */
  readonly mask: number;
}

const UNSPECIFIED_AND_LOOPBACK = block('::/127');

const SPELLINGS: readonly Spelling[] = [
  // IPv4-compatible, RFC 4291 section 2.5.5.1.
  { block: block('::/96'), at: 12, mask: 0 },
  // IPv4-translated, RFC 2765 section 2.1.
  { block: block('::ffff:0:0:0/96'), at: 12, mask: 0 },
  // NAT64: RFC 6052 section 2.1, RFC 8215.
  { block: block('64:ff9b::/96'), at: 12, mask: 0 },
  { block: block('64:ff9b:1::/48'), at: 12, mask: 0 },
  // 6to4, RFC 3056 section 2.
  { block: block('2002::/16'), at: 2, mask: 0 },
  // Teredo, RFC 4380 section 4: the relay, and the client in obscured form.
  { block: block('2001::/32'), at: 4, mask: 0 },
  { block: block('2001::/32'), at: 12, mask: 0xff },
];

/** The IPv4 addresses, as bytes, that a packet to this IPv6 address may end up at. */
export function embeddedIpv4(address: Uint8Array): Uint8Array[] {
  if (cidrContains(UNSPECIFIED_AND_LOOPBACK, address)) return [];
  return SPELLINGS.filter((spelling) => cidrContains(spelling.block, address)).map(({ at, mask }) =>
    address.slice(at, at + 4).map((byte) => byte ^ mask),
  );
}

function forbid(text: string, reason: string): Forbidden {
  return { rule: parseAddressRule(text)!, reason };
}

function block(text: string): Cidr {
  return parseAddressRule(text) as Cidr;
}
