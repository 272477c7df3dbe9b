import { formatEndpoint, type Endpoint } from '../../../address.ts';
import type { BackendAddress } from '../../../balance/backend-address.ts';
import type { Protocol } from '../../../protocol.ts';
import type { ProxyMode } from '../../../proxy-protocol.ts';
import {
  DEFAULT_PORTS,
  dnsName,
  parseSets,
  type MemberSet,
  type ParsedMember,
} from '../../routes/members/route-members.ts';
import type { RouteRecord } from '../../sources/routes/route-record.ts';
import type { ExplainedAddress, ExplainedMember } from './explanation.ts';
import type { RouteFacts } from './facts.ts';

/** For whom the members are looked at. */
export interface MemberView {
  readonly facts: RouteFacts;
  readonly protocol: Protocol;
  /** What stands for a member that does not say it; `null` where that is not known. */
  readonly proxy: ProxyMode | null;
  /** The set that is chosen from. */
  readonly chosenFrom: 'backends' | 'acme';
}

type Verdict = Pick<ExplainedMember, 'state' | 'why'>;

/** What is known of the members beside one: which addresses are drained, and which are somebody's. */
interface Others {
  readonly draining: ReadonlySet<string>;
  readonly taken: Map<string, string>;
}

const IS_DRAINING: Verdict = { state: 'draining', why: null };
const IS_CANDIDATE: Verdict = { state: 'candidate', why: null };

/** Every member of a route, and what becomes of it for one kind of client. */
export function explainMembers(record: RouteRecord, view: MemberView): ExplainedMember[] {
  const sets = parseSets(record);
  const drained = sets.draining.map((parsed) => explainMember(parsed, 'draining', view));
  const draining = new Set(
    drained.flatMap(({ addresses }) => addresses.map(({ address }) => address)),
  );
  const others = (['backends', 'acme'] as const).flatMap((set) => {
    const taken = new Map<string, string>();
    return sets[set].map((parsed) => explainMember(parsed, set, view, { draining, taken }));
  });
  return [...others, ...drained];
}

function explainMember(
  [member, address]: ParsedMember,
  set: MemberSet,
  view: MemberView,
  others?: Others,
): ExplainedMember {
  if (typeof address === 'string') return refusedMember(member, set, address);
  const addresses = explainAddresses(address, view);
  const verdict =
    judgeSet(address, set, view) ??
    judgeAddresses(address, addresses) ??
    (others === undefined ? IS_DRAINING : judgeOthers(member, addresses, others));
  const own = { weight: address.weight, proxy: address.proxy ?? view.proxy };
  return { member, set, ...verdict, ...own, addresses };
}

function refusedMember(member: string, set: MemberSet, why: string): ExplainedMember {
  return { member, set, state: 'refused', why, weight: null, proxy: null, addresses: [] };
}

function explainAddresses(
  address: BackendAddress,
  { protocol, facts }: MemberView,
): ExplainedAddress[] {
  return endpointsOf(address, protocol, facts).map((endpoint) => {
    const name = formatEndpoint(endpoint);
    const refused = facts.refusal(endpoint);
    const ejection = facts.ejection(name);
    return {
      address: name,
      refused,
      sessions: facts.sessions(name),
      ejectedUntil: ejection?.until ?? null,
      ejectedBecause: ejection?.why ?? null,
    };
  });
}

function endpointsOf(
  address: BackendAddress,
  protocol: Protocol,
  facts: RouteFacts,
): readonly Endpoint[] {
  if ('path' in address) return [{ path: address.path }];
  const port = address.port ?? DEFAULT_PORTS[address.scheme ?? protocol];
  const name = dnsName(address);
  if (name === null) return [{ ip: address.host, port }];
  return (facts.addresses(name) ?? []).map((ip) => ({ ip, port }));
}

function judgeSet(
  { scheme }: BackendAddress,
  set: MemberSet,
  { protocol, chosenFrom }: MemberView,
): Verdict | null {
  if (scheme !== null && scheme !== protocol)
    return { state: 'left-out', why: `serves ${scheme} only` };
  if (set === 'draining' || set === chosenFrom) return null;
  const why = set === 'acme' ? 'for ALPN acme-tls/1 only' : 'ALPN acme-tls/1 has its own members';
  return { state: 'left-out', why };
}

function judgeAddresses(
  address: BackendAddress,
  addresses: readonly ExplainedAddress[],
): Verdict | null {
  if (addresses.length === 0) return { state: 'candidate', why: 'its name has no address here' };
  if (addresses.some(({ refused }) => refused === null)) return null;
  // Of a name each address says it for itself.
  const why =
    dnsName(address) === null ? `is ${addresses[0]!.refused}` : 'its name has no allowed address';
  return { state: 'refused', why };
}

// `10.0.0.1` and `10.0.0.1:443` are one backend: the first.
function judgeOthers(
  member: string,
  addresses: readonly ExplainedAddress[],
  { draining, taken }: Others,
): Verdict {
  if (addresses.every(({ address }) => draining.has(address)))
    return { state: 'draining', why: 'is among the draining, too' };
  const first = taken.get(addresses[0]!.address);
  const isNew = addresses.some(({ address }) => !taken.has(address));
  for (const { address } of addresses) if (!taken.has(address)) taken.set(address, member);
  if (isNew || first === undefined) return IS_CANDIDATE;
  return { state: 'left-out', why: `comes to the same address as ${first}` };
}
