import type { LineSettings } from '../../session/line-parts.ts';
import type { BalanceMethod } from '../../balance/candidates.ts';
import type { Protocol } from '../../protocol.ts';
import type { ProxyMode } from '../../proxy-protocol.ts';
import type { ServerName } from '../../server-name.ts';
import type { RoutePlane } from '../route-plane.ts';
import { routeSlot, type BackendSlots } from '../routes/backend-slots.ts';
import type { EdgeRoutes } from './edge-report.ts';
import type { RouteFacts, RouteFlags } from './explain/facts.ts';

/** The parts of a running edge that know about routes. */
export interface EdgeParts {
  readonly edge: string;
  readonly routes: RoutePlane;
  readonly slots: BackendSlots;
  readonly care: { readonly ejection: RouteFacts['ejection'] };
  readonly isTooOldForHttp: () => boolean;
  readonly options: {
    readonly health: { readonly probes: { readonly kind: RouteFlags['probe'] } };
    readonly proxyProtocol: ProxyMode;
    readonly onRemoved: 'keep' | number;
    readonly worker: {
      readonly maxEjected: number;
      readonly balance: BalanceMethod;
      readonly line: Pick<LineSettings, 'connectTimeoutMs' | 'idleTimeoutMs'>;
    };
  };
}

/** What a running edge knows, for its report. */
export function edgeRoutes(parts: EdgeParts): EdgeRoutes {
  const { directory } = parts.routes;
  return {
    get ready() {
      return directory.ready;
    },
    get count() {
      const { exact, wildcard, default: byDefault } = directory.counts();
      return exact + wildcard + byDefault;
    },
    facts: () => edgeFacts(parts),
    prepare: (name, protocol) => whyUnavailable(parts, name, protocol),
    routes: () => directory[Symbol.iterator](),
  };
}

// As the workers are answered.
async function whyUnavailable(
  { routes: { directory }, isTooOldForHttp }: EdgeParts,
  name: ServerName | null,
  protocol: Protocol,
): Promise<string | null> {
  let why: string | null = null;
  await directory.answer(name, protocol, ({ kind }) => {
    if (protocol === 'http' && isTooOldForHttp()) why = 'the routes are too old for plain HTTP';
    else if (kind === 'unavailable') why = 'whether there is such a route could not be read now';
  });
  return why;
}

function edgeFacts({ edge, routes, slots, care, options: given }: EdgeParts): RouteFacts {
  const { directory, options, resolver, guard: refusal } = routes;
  const { proxyProtocol: proxy, onRemoved } = given;
  const { balance, maxEjected, line } = given.worker;
  const { connectTimeoutMs, idleTimeoutMs } = line;
  const probe = given.health.probes.kind;
  return {
    source: `edge ${edge}`,
    record: (pattern) => directory.record(pattern),
    options: (pattern, record) => options.take(pattern, record.options),
    addresses: (name) => resolver.known(name),
    // A backend without a slot is in no session's way.
    sessions: (backend) => slots.sessions(backend) ?? 0,
    routeSessions: (pattern) => slots.sessions(routeSlot(pattern)),
    ejection: (backend) => care.ejection(backend),
    refusal,
    flags: { balance, proxy, connectTimeoutMs, idleTimeoutMs, maxEjected, probe, onRemoved },
  };
}
