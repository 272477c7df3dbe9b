import type { LineSettings } from '../../session/line-parts.ts';
import type { BalanceMethod } from '../../balance/candidates.ts';
import type { Protocol } from '../../protocol.ts';
import type { ProxyMode } from '../../proxy-protocol.ts';
import type { ServerName } from '../../server-name.ts';
import { routeSlot, type BackendSlots } from '../routes/backend-slots.ts';
import type { Directory } from '../routes/directory.ts';
import type { KnownOptions } from '../routes/known-options.ts';
import type { BackendResolver } from '../routes/resolver.ts';
import type { Refusal } from '../routes/members/route-members.ts';
import type { EdgeRoutes } from './edge-report.ts';
import type { RouteFacts, RouteFlags } from './explain/facts.ts';

/** The parts of a running edge that know about routes. */
export interface EdgeParts {
  readonly edge: string;
  readonly directory: Directory;
  readonly options: KnownOptions;
  readonly resolver: BackendResolver;
  readonly slots: BackendSlots;
  readonly ejectionOf: RouteFacts['ejection'];
  readonly probe: RouteFlags['probe'];
  readonly maxEjected: number;
  readonly refusal: Refusal;
  readonly proxy: ProxyMode;
  readonly balance: BalanceMethod;
  readonly onRemoved: 'keep' | number;
  readonly isTooOldForHttp: () => boolean;
  readonly line: Pick<LineSettings, 'connectTimeoutMs' | 'idleTimeoutMs'>;
}

/** What a running edge knows, for its report. */
export function edgeRoutes(parts: EdgeParts): EdgeRoutes {
  const { directory } = parts;
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
  { directory, isTooOldForHttp }: EdgeParts,
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

function edgeFacts(parts: EdgeParts): RouteFacts {
  const { edge, directory, options, resolver, slots, refusal } = parts;
  const { balance, proxy, maxEjected, probe, onRemoved } = parts;
  const { connectTimeoutMs, idleTimeoutMs } = parts.line;
  return {
    source: `edge ${edge}`,
    record: (pattern) => directory.record(pattern),
    options: (pattern, record) => options.take(pattern, record.options),
    addresses: (name) => resolver.known(name),
    // A backend without a slot is in no session's way.
    sessions: (backend) => slots.sessions(backend) ?? 0,
    routeSessions: (pattern) => slots.sessions(routeSlot(pattern)),
    ejection: parts.ejectionOf,
    refusal,
    flags: { balance, proxy, connectTimeoutMs, idleTimeoutMs, maxEjected, probe, onRemoved },
  };
}
