import { isIP } from 'node:net';
import { canonicalIp, formatHostPort, parseHostPort } from '../../address.ts';
import { parseAddressRule, parseCidr, type AddressRule, type Cidr } from '../../cidr.ts';
import { parsedOr, type Parsed } from './parsed.ts';

const DNS_PORT = 53;
const CIDR_REASON = 'is not an address or a block such as 10.0.0.0/8 or fd00::/8';
const RULE_REASON = 'is not a block such as 10.0.0.0/8 or fd00::/8, or unix:/run/apps';
const SOURCE_REASON = 'is not an address of this machine such as 10.0.0.2 or fd00::2';
const UNSPECIFIED: readonly string[] = ['0.0.0.0', '::'];
const DNS_REASON = 'is not an address such as 10.0.0.2, 10.0.0.2:53 or [fd00::2]:53';

/** Parse `10.0.0.0/8`, `fd00::/8` or a single address. */
export function parseAddressBlock(text: string): Parsed<Cidr> {
  return parsedOr(parseCidr(text), CIDR_REASON);
}

/** Parse what a backend may be: an address block, or `unix:/path` for the sockets there and below. */
export function parseBackendRule(text: string): Parsed<AddressRule> {
  return parsedOr(parseAddressRule(text), RULE_REASON);
}

/** Parse an address of this machine to dial from, in canonical form. */
export function parseSourceAddress(text: string): Parsed<string> {
  const ip = canonicalIp(text);
  return ip === null || UNSPECIFIED.includes(ip) ? { reason: SOURCE_REASON } : { value: ip };
}

/** Parse a name server into `IP:PORT`; port 53 unless it says otherwise. */
export function parseDnsServer(text: string): Parsed<string> {
  const bare = canonicalIp(text);
  if (bare !== null) return { value: formatHostPort(bare, DNS_PORT) };
  const parsed = parseHostPort(text);
  if (parsed === null || isIP(parsed.host) === 0) return { reason: DNS_REASON };
  return { value: formatHostPort(parsed.host, parsed.port ?? DNS_PORT) };
}
