import type { Endpoint } from '../address.ts';
import { createGuard, type Guard, type GuardOptions } from '../dial/guard.ts';
import type { ProxyMode } from '../proxy-protocol.ts';
import type { Removal } from '../worker/messages.ts';
import type { Complaints } from './log/complaints.ts';
import { readFrom } from './route-sink.ts';
import type { BackendSlots } from './routes/backend-slots.ts';
import { Directory } from './routes/directory.ts';
import { KnownOptions } from './routes/known-options.ts';
import { localAddresses } from './routes/local-addresses.ts';
import { RemovedMembers } from './routes/members/removed-members.ts';
import { RefusedMembers } from './routes/members/route-members.ts';
import { BackendResolver } from './routes/resolver.ts';
import { RouteBackends } from './routes/route-backends.ts';
import type { RouteSource } from './sources/source.ts';

export interface RoutePlaneOptions {
  readonly source: RouteSource;
  /** Routes held at most where there are too many to hold them all. */
  readonly maxRoutes: number;
  readonly dnsServers: readonly string[];
  readonly guard: Pick<GuardOptions, 'allow' | 'deny'>;
  readonly proxyProtocol: ProxyMode;
  /** What becomes of the sessions of a backend that is taken away. */
  readonly onRemoved: 'keep' | number;
}

/** What routes need of the rest of the edge. */
export interface RoutePlaneParts {
  readonly slots: BackendSlots;
  readonly complaints: Complaints;
  /** Where we listen ourselves, and Redis: never a backend. It may grow. */
  readonly own: readonly Endpoint[];
  /** Tell every worker to forget what these patterns answered; `null` is all of them. */
  readonly invalidate: (patterns: readonly string[] | null) => void;
  /** Have the sessions of members ended that are gone. */
  readonly end: (removal: Removal) => void;
}

/** What an edge knows of its routes: their records, options, members and addresses. */
export class RoutePlane {
  readonly directory: Directory;
  readonly backends: RouteBackends;
  readonly resolver: BackendResolver;
  readonly guard: Guard;
  readonly options: KnownOptions;
  readonly #refused: RefusedMembers;

  constructor(options: RoutePlaneOptions, parts: RoutePlaneParts) {
    const { slots, complaints, own, invalidate } = parts;
    const onRefused = (...refused: Parameters<Complaints['ofRoute']>) =>
      complaints.ofRoute(...refused);
    this.options = new KnownOptions(onRefused);
    this.resolver = new BackendResolver({
      servers: options.dnsServers,
      onChange: (name) => this.directory.nameChanged(name),
      onProblem: (name, reason) =>
        complaints.ofName(this.backends.patternsUsing(name), name, reason),
    });
    this.guard = createGuard({ ...options.guard, own, localAddresses });
    this.backends = new RouteBackends({
      resolver: this.resolver,
      slots,
      refusal: this.guard,
      proxyProtocol: options.proxyProtocol,
      onRefused,
    });
    this.#refused = new RefusedMembers(this.guard, onRefused);
    this.directory = new Directory({
      backends: this.backends,
      refused: this.#refused,
      options: this.options,
      maxRoutes: options.maxRoutes,
      ...readFrom(options.source),
      invalidate,
      removed: new RemovedMembers({
        onRemoved: options.onRemoved,
        mayHaveSessions: (name, address) => this.backends.mayHaveSessions(name, address),
        end: parts.end,
      }),
    });
  }

  /** Members that are left out now. */
  get backendsRefused(): number {
    return this.#refused.total + this.backends.refused;
  }

  close(): void {
    this.resolver.close();
    this.directory.close();
  }
}
