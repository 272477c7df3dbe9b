import { canonicalIp, type Endpoint } from '../../../address.ts';
import { parseBackendAddress, type BackendAddress } from '../../../balance/backend-address.ts';
import type { Protocol } from '../../../protocol.ts';
import type { RouteRecord } from '../../sources/routes/route-record.ts';

/** Without a port a member is dialled on the one of the client's protocol. */
export const DEFAULT_PORTS: Readonly<Record<Protocol, number>> = { tls: 443, http: 80 };

/** DNS names one route may have among its members: each is asked for as long as the route is in use. */
const MAX_NAMES_OF_ROUTE = 16;
const TOO_MANY_NAMES = `is a DNS name beyond the ${MAX_NAMES_OF_ROUTE} of a route`;

const PROTOCOLS: readonly Protocol[] = ['tls', 'http'];

/** Why an address must not be dialled, in words, or `null`. */
export type Refusal = (endpoint: Endpoint) => string | null;

/** A member that is left out, and why. */
export type OnRefused = (pattern: string, member: string, reason: string) => void;

/** The sets of members that a route may have. */
export type MemberSet = 'backends' | 'acme' | 'draining';

/** A member as an address, or why it is none. */
export type ParsedMember = readonly [member: string, address: BackendAddress | string];

/** The members of one route, set by set. */
export function parseSets(
  record: RouteRecord,
): Readonly<Record<MemberSet, readonly ParsedMember[]>> {
  const names = new Set<string>();
  const parse = (set: MemberSet) => parseMembers(record[set], names);
  // In this order the names are counted.
  return { backends: parse('backends'), acme: parse('acme'), draining: parse('draining') };
}

/** Some members of one route; `names` are the DNS names among the others, to which theirs are added. */
export function parseMembers(
  members: readonly string[],
  names: Set<string> = new Set(),
): readonly ParsedMember[] {
  return members.map((member) => {
    const address = parseBackendAddress(member);
    const name = typeof address === 'string' ? null : dnsName(address);
    if (name === null) return [member, address];
    if (names.size < MAX_NAMES_OF_ROUTE) names.add(name);
    return [member, names.has(name) ? address : TOO_MANY_NAMES];
  });
}

/** The name that has to be resolved before this can be dialled, or `null`. */
export function dnsName(address: BackendAddress): string | null {
  return 'path' in address || canonicalIp(address.host) !== null ? null : address.host;
}

/**
 * Members that are left out by their text alone, of all routes known, asked for or not. What a DNS
 * name stands for is not looked at here.
 */
export class RefusedMembers {
  readonly #refusal: Refusal;
  readonly #onRefused: OnRefused;
  /** Of the routes that have any. */
  readonly #counts = new Map<string, number>();
  #total = 0;

  constructor(refusal: Refusal, onRefused: OnRefused) {
    this.#refusal = refusal;
    this.#onRefused = onRefused;
  }

  get total(): number {
    return this.#total;
  }

  /** Look at a route that is new or has changed. */
  look(pattern: string, record: RouteRecord): void {
    // One that stands in two of the sets is refused once.
    const refused = new Map<string, string>();
    for (const [member, address] of Object.values(parseSets(record)).flat()) {
      const reason = typeof address === 'string' ? address : this.#refusalOf(address);
      if (reason !== null) refused.set(member, reason);
    }
    for (const [member, reason] of refused) this.#onRefused(pattern, member, reason);
    this.#count(pattern, refused.size);
  }

  forget(pattern: string): void {
    this.#count(pattern, 0);
  }

  #count(pattern: string, count: number): void {
    this.#total += count - (this.#counts.get(pattern) ?? 0);
    if (count === 0) this.#counts.delete(pattern);
    else this.#counts.set(pattern, count);
  }

  #refusalOf(address: BackendAddress): string | null {
    for (const endpoint of literalEndpoints(address)) {
      const reason = this.#refusal(endpoint);
      if (reason !== null) return reason;
    }
    return null;
  }
}

function literalEndpoints(address: BackendAddress): readonly Endpoint[] {
  if ('path' in address) return [{ path: address.path }];
  if (dnsName(address) !== null) return [];
  const { host: ip, port } = address;
  if (port !== null) return [{ ip, port }];
  const protocols = address.scheme === null ? PROTOCOLS : [address.scheme];
  return protocols.map((protocol) => ({ ip, port: DEFAULT_PORTS[protocol] }));
}
