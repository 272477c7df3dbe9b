import {
  canonicalIp,
  ipBytes,
  ipText,
  parseSocketPath,
  type Endpoint,
  type IpEndpoint,
} from '../address.ts';
import { cidrContains, formatAddressRule, socketTreeContains, type AddressRule } from '../cidr.ts';
import { embeddedIpv4, FORBIDDEN } from './forbidden.ts';

export interface GuardOptions {
  /** `--backend-allow`. */
  readonly allow: readonly AddressRule[];
  /** `--backend-deny`. */
  readonly deny: readonly AddressRule[];
  /** Where sluice itself listens, and its Redis: never a backend, whatever is allowed. */
  readonly own: readonly Endpoint[];
  /** The addresses of this machine's interfaces: what a listener on `0.0.0.0` or `::` answers at. */
  readonly localAddresses: () => readonly string[];
}

/** Why this must not be dialled, in words that fit behind "is", or `null` when it may be. */
export type Guard = (endpoint: Endpoint) => string | null;

interface Entry {
  readonly rule: AddressRule;
  /** `null` allows. */
  readonly reason: string | null;
  /** Decides between rules of the same length. */
  readonly rank: number;
}

const WILDCARDS: readonly string[] = ['0.0.0.0', '::'];
const OWN = 'an address of sluice itself';

/**
 * The guard in front of every backend: an address is looked at as bytes, never as text.
 *
 * All rules are one list, the built-in denials among it, and the most specific one that matches
 * decides: the longest prefix or path. Between equals a denial beats an allowance, and either beats a
 * built-in one. So `--backend-allow 127.0.0.0/8` lifts that denial and `--backend-allow 0.0.0.0/0`
 * lifts none; and `--backend-deny 0.0.0.0/0 --backend-deny ::/0 --backend-allow 10.0.0.0/8` makes
 * an allow-list. What no rule matches is allowed.
 *
 * An IPv6 address that stands for an IPv4 one (NAT64, 6to4, Teredo, IPv4-compatible) has to pass as both.
 */
export function createGuard(options: GuardOptions): Guard {
  const entries = sortEntries(options);
  return (endpoint) =>
    'path' in endpoint
      ? refuseSocket(endpoint.path, entries, options.own)
      : refuseIp(endpoint, entries, options);
}

function sortEntries({ allow, deny }: GuardOptions): readonly Entry[] {
  const denied = (rule: AddressRule) => `denied by --backend-deny ${formatAddressRule(rule)}`;
  const entries: Entry[] = [
    ...deny.map((rule) => ({ rule, reason: denied(rule), rank: 2 })),
    ...allow.map((rule) => ({ rule, reason: null, rank: 1 })),
    ...FORBIDDEN.map(({ rule, reason }) => ({ rule, reason, rank: 0 })),
  ];
  return entries.sort((a, b) => ruleLength(b.rule) - ruleLength(a.rule) || b.rank - a.rank);
}

// Comparable within a family only, which is enough: rules of another one never match.
function ruleLength(rule: AddressRule): number {
  return 'path' in rule ? rule.path.length : rule.prefix;
}

function refuseSocket(
  path: string,
  entries: readonly Entry[],
  own: readonly Endpoint[],
): string | null {
  if (parseSocketPath(path) === null) return 'not the plain absolute path of a unix socket';
  if (own.some((ours) => 'path' in ours && ours.path === path)) return OWN;
  return decide(entries, (rule) => 'path' in rule && socketTreeContains(rule, path));
}

function refuseIp(
  { ip, port }: IpEndpoint,
  entries: readonly Entry[],
  options: GuardOptions,
): string | null {
  const canonical = canonicalIp(ip);
  if (canonical === null) return 'not an IP address';
  const bytes = ipBytes(canonical);
  const refusal = refuseSpelled(bytes, port, entries, options);
  if (refusal !== null || bytes.length === 4) return refusal;
  for (const embedded of embeddedIpv4(bytes)) {
    const reason = refuseSpelled(embedded, port, entries, options);
    if (reason !== null) return `a spelling of ${ipText(embedded)}, which is ${reason}`;
  }
  return null;
}

function refuseSpelled(
  bytes: Uint8Array,
  port: number,
  entries: readonly Entry[],
  options: GuardOptions,
): string | null {
  if (isOwn({ ip: ipText(bytes), port }, options)) return OWN;
  return decide(entries, (rule) => 'bytes' in rule && cidrContains(rule, bytes));
}

function decide(entries: readonly Entry[], matches: (rule: AddressRule) => boolean): string | null {
  return entries.find(({ rule }) => matches(rule))?.reason ?? null;
}

function isOwn({ ip, port }: IpEndpoint, { own, localAddresses }: GuardOptions): boolean {
  return own.some((ours) => {
    if ('path' in ours || ours.port !== port) return false;
    // Linux takes a connection to the unspecified address for one to this machine.
    if (ours.ip === ip || WILDCARDS.includes(ip)) return true;
    return WILDCARDS.includes(ours.ip) && isLocal(ip, localAddresses());
  });
}

function isLocal(ip: string, addresses: readonly string[]): boolean {
  const loopback = ip.startsWith('127.') || ip === '::1';
  return loopback || addresses.some((address) => canonicalIp(address) === ip);
}
