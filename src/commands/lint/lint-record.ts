import { formatEndpoint, type Endpoint } from '../../address.ts';
import type { BackendAddress } from '../../balance/backend-address.ts';
import {
  DEFAULT_PORTS,
  dnsName,
  parseSets,
  type MemberSet,
  type ParsedMember,
} from '../../control/routes/members/route-members.ts';
import { readRouteOptions } from '../../control/routes/route-options.ts';
import type { RoutePart, RouteRecord } from '../../control/sources/routes/route-record.ts';
import type { Guard } from '../../dial/guard.ts';
import type { Finding } from './finding.ts';

/** Whose record it is, and what may be dialled. */
export interface LintedRoute {
  readonly record: RouteRecord;
  /** What to call a part of it, and the key that a command names. */
  readonly at: (part: RoutePart) => string;
  readonly guard: Guard;
}

const SETS: readonly MemberSet[] = ['backends', 'draining', 'acme'];
const PROTOCOLS = ['tls', 'http'] as const;

/** Everything that is wrong with a route whose name is in order. */
export function lintRecord(route: LintedRoute): Finding[] {
  const sets = parseSets(route.record);
  return [
    ...SETS.flatMap((set) => lintMembers(route, set, sets[set])),
    ...lintDraining(route),
    ...lintEmptiness(route),
    ...lintOptions(route),
  ];
}

/** Where a member is dialled, as far as its text says it: none for a member that is no backend. */
export function endpointsOf(address: BackendAddress): readonly Endpoint[] {
  if ('path' in address) return [{ path: address.path }];
  const protocols = address.scheme === null ? PROTOCOLS : [address.scheme];
  const ports =
    address.port === null ? protocols.map((each) => DEFAULT_PORTS[each]) : [address.port];
  return ports.map((port) => ({ ip: address.host, port }));
}

function lintMembers(
  { at, guard }: LintedRoute,
  set: MemberSet,
  members: readonly ParsedMember[],
): Finding[] {
  const taken = new Map<string, string>();
  return members.flatMap(([member, address]): Finding[] => {
    const place = at(set);
    const mend = [['SREM', place, member]];
    if (typeof address === 'string')
      return [{ rule: 'bad-member', at: place, what: `${member} ${address}`, mend }];
    const refused = refusalOf(address, guard);
    if (refused !== null)
      return [{ rule: 'denied-member', at: place, what: `${member} is ${refused}`, mend }];
    const other = takenBy(member, address, taken);
    if (other === null) return [];
    const what = `${member} comes to the same address as ${other}, which is the one used`;
    return [{ rule: 'duplicate', at: place, what, mend }];
  });
}

function refusalOf(address: BackendAddress, guard: Guard): string | null {
  if (dnsName(address) !== null) return null;
  return (
    endpointsOf(address)
      .map(guard)
      .find((reason) => reason !== null) ?? null
  );
}

/** Who came to one of the addresses before, or `null`: for some clients the two are one backend. */
function takenBy(
  member: string,
  address: BackendAddress,
  taken: Map<string, string>,
): string | null {
  const names = namesOf(address);
  const first = names.find((name) => taken.has(name));
  const other = first === undefined ? null : taken.get(first)!;
  for (const name of names) if (!taken.has(name)) taken.set(name, member);
  return other;
}

// One for each protocol it serves: `tls://10.0.0.1:8443` and `http://10.0.0.1:8443` are two.
function namesOf(address: BackendAddress): readonly string[] {
  const protocols = address.scheme === null ? PROTOCOLS : [address.scheme];
  return protocols.map((protocol) => {
    const only = { ...address, scheme: protocol };
    return `${protocol} ${formatEndpoint(endpointsOf(only)[0]!)}`;
  });
}

function lintDraining({ record, at }: LintedRoute): Finding[] {
  const draining = new Set(record.draining);
  return record.backends
    .filter((member) => draining.has(member))
    .map((member) => ({
      rule: 'draining-too',
      at: at('backends'),
      what: `${member} is in the set of draining, too: it takes nothing new`,
      mend: [['SREM', at('backends'), member]],
    }));
}

function lintEmptiness({ record, at }: LintedRoute): Finding[] {
  const { backends, draining, acme } = record;
  if (backends.length > 0) return [];
  if (draining.length > 0) {
    const what = 'every backend is draining: clients are refused';
    const mend = [['RENAMENX', at('draining'), at('backends')]];
    return [{ rule: 'only-draining', at: at('draining'), what, mend }];
  }
  const part = acme.length > 0 ? 'acme' : 'options';
  const what = `there is a route because of its ${part}, without backends: clients are refused`;
  const mend = acme.length > 0 ? null : [['UNLINK', at('options')]];
  return [{ rule: 'no-backends', at: at(part), what, mend }];
}

function lintOptions({ record, at }: LintedRoute): Finding[] {
  return readRouteOptions(record.options, null).complaints.map(({ name, reason }) => ({
    rule: 'bad-option',
    at: at('options'),
    what: `${name}: ${JSON.stringify(record.options[name])} ${reason}`,
    mend: [['HDEL', at('options'), name]],
  }));
}
