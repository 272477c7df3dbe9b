import { formatEndpoint, type Endpoint } from '../../address.ts';
import type { Backend } from '../../balance/backend.ts';
import type { BackendAddress } from '../../balance/backend-address.ts';
import type { Protocol } from '../../protocol.ts';
import type { ProxyMode } from '../../proxy-protocol.ts';
import type { ServerName } from '../../server-name.ts';
import type { Absence, RouteOptions } from '../../session/route.ts';
import type { RouteRecord } from '../sources/routes/route-record.ts';
import { absenceOf } from './members/absence.ts';
import { queueSlot, routeSlot, type BackendSlots } from './backend-slots.ts';
import type { BackendResolver } from './resolver.ts';
import {
  DEFAULT_PORTS,
  dnsName,
  parseSets,
  type MemberSet,
  type OnRefused,
  type ParsedMember,
  type Refusal,
} from './members/route-members.ts';
import { RouteNames } from './route-names.ts';
import { toBackend, type VettedAddress } from './members/to-backend.ts';

const TOO_MANY_NAMES = 'is a DNS name too many: so many are resolved already';

export interface RouteBackendsOptions {
  readonly resolver: BackendResolver;
  readonly slots: BackendSlots;
  readonly refusal: Refusal;
  readonly proxyProtocol: ProxyMode;
  /** Left out for what DNS says of it; what its text says is told of when the route is read. */
  readonly onRefused: OnRefused;
}

/** A route as it is built: what stands in the table, and the options in force. */
export interface RouteToBuild {
  readonly pattern: string;
  readonly record: RouteRecord;
  readonly options: RouteOptions;
  /** The name a client has just asked for; `null` for none. */
  readonly asked?: ServerName | null;
}

/** A backend as one route has it for one protocol. */
export interface BackendUse {
  readonly pattern: string;
  readonly protocol: Protocol;
  /** The name a client asked for last, as far as the workers did not know the answer. */
  readonly asked: ServerName | null;
  readonly options: RouteOptions;
  readonly backend: Backend;
  /** It is one of those that ALPN `acme-tls/1` goes to. */
  readonly isAcme: boolean;
}

/** What a route comes to for one protocol: backends that may be dialled now. */
export interface BuiltRoute {
  readonly backends: readonly Backend[];
  /** Where ALPN `acme-tls/1` goes; `null` where the route has no such set. */
  readonly acme: readonly Backend[] | null;
  /** Where the route's own sessions are counted, which is when their number is limited. */
  readonly slot: number | null;
  /** Where those are counted that wait: for a backend, or for room on one. */
  readonly queue: number | null;
  /** Why there is no backend, where there is none. */
  readonly absence?: Absence;
}

interface Built {
  readonly route: BuiltRoute;
  readonly options: RouteOptions;
  asked: ServerName | null;
  readonly refused: readonly (readonly [member: string, reason: string])[];
}

/** Addresses past the guard, by name. Members that come to the same are one backend: the first. */
type Vetted = ReadonlyMap<string, VettedAddress>;

/** Turns the members of a route into backends that may be dialled, once per route and protocol in use. */
export class RouteBackends {
  readonly #options: RouteBackendsOptions;
  readonly #built = new Map<string, Partial<Record<Protocol, Built>>>();
  readonly #names: RouteNames;
  #refused = 0;
  #version = 0;

  constructor(options: RouteBackendsOptions) {
    this.#options = options;
    this.#names = new RouteNames((name) => options.resolver.forget(name));
  }

  /** Addresses of DNS names that are left out now. */
  get refused(): number {
    return this.#refused;
  }

  /** Another one whenever other backends are in use. */
  get version(): number {
    return this.#version;
  }

  /** The routes that are built. They go on changing. */
  patterns(): IterableIterator<string> {
    return this.#built.keys();
  }

  /** Every backend of the routes that are built, as each of them has it. They go on changing. */
  *uses(): Generator<BackendUse, void> {
    for (const pattern of this.#built.keys()) yield* this.usesOf(pattern);
  }

  /** The same of one route. */
  *usesOf(pattern: string): Generator<BackendUse, void> {
    for (const [protocol, { route, options, asked }] of Object.entries(
      this.#built.get(pattern) ?? {},
    )) {
      const use = { pattern, protocol: protocol as Protocol, options, asked };
      for (const backend of route.backends) yield { ...use, backend, isAcme: false };
      for (const backend of route.acme ?? []) yield { ...use, backend, isAcme: true };
    }
  }

  /**
   * At once, unless every member that may be dialled is a name that was never resolved before: then
   * when one has been. Members whose names are still being resolved are left out until `onChange`.
   */
  build(route: RouteToBuild, protocol: Protocol): BuiltRoute | Promise<void> {
    const { pattern } = route;
    const known = this.#built.get(pattern)?.[protocol];
    if (known !== undefined) {
      known.asked = route.asked ?? null;
      return known.route;
    }
    const members = membersOf(route.record, protocol);
    const all = [...members.backends, ...members.acme, ...members.draining];
    this.#names.use(pattern, protocol, namesOf(all));
    const refused = new Map<string, string>();
    const drained = this.#vet(members.draining, protocol, refused);
    const vetted = this.#vet(members.backends, protocol, refused);
    const backends = without(vetted, drained);
    const acme = without(this.#vet(members.acme, protocol, refused), drained);
    const awaited = [
      ...(backends.size === 0 ? this.#unresolved(members.backends) : []),
      ...(acme.size === 0 ? this.#unresolved(members.acme) : []),
    ];
    if (awaited.length > 0) return Promise.race(awaited).then(() => {});
    const facts = { addresses: members.backends, vetted: vetted.size, refused: refused.size };
    const taken = this.#take(route, backends, acme);
    const whole = backends.size === 0 ? { ...taken, absence: absenceOf(facts) } : taken;
    const { options, asked = null } = route;
    const built = { route: whole, options, asked, refused: [...refused] };
    this.#version++;
    this.#built.set(pattern, { ...this.#built.get(pattern), [protocol]: built });
    this.#refused += built.refused.length;
    for (const [member, reason] of built.refused) this.#options.onRefused(pattern, member, reason);
    return built.route;
  }

  /**
   * The route changed: give back the slots it held; whether there was anything built of it. Its names
   * stay until it is built anew.
   */
  forget(pattern: string): boolean {
    const built = this.#built.get(pattern);
    if (built === undefined) return false;
    this.#built.delete(pattern);
    this.#version++;
    for (const { route, refused } of Object.values(built)) {
      this.#refused -= refused.length;
      for (const { name } of [...route.backends, ...(route.acme ?? [])]) this.#release(name);
      if (route.slot !== null) this.#release(routeSlot(pattern));
      if (route.queue !== null) this.#release(queueSlot(pattern));
    }
    return true;
  }

  /** The route went: give back everything. */
  remove(pattern: string): void {
    this.forget(pattern);
    this.#names.remove(pattern);
  }

  /** The patterns in use that have a backend of this DNS name. */
  patternsUsing(name: string): readonly string[] {
    return this.#names.usersOf(name);
  }

  /** Whether a worker may have sessions to a backend of this name, or to one of its DNS name. */
  mayHaveSessions(name: string, address: BackendAddress): boolean {
    const host = dnsName(address);
    if (host !== null) return this.#names.usersOf(host).length > 0;
    return this.#options.slots.sessions(name) !== null;
  }

  #unresolved(addresses: readonly BackendAddress[]): readonly Promise<unknown>[] {
    return namesOf(addresses)
      .map((name) => this.#options.resolver.resolve(name))
      .filter((answer) => answer instanceof Promise);
  }

  #vet(
    addresses: readonly BackendAddress[],
    protocol: Protocol,
    refused: Map<string, string>,
  ): Vetted {
    const vetted = new Map<string, VettedAddress>();
    for (const address of addresses) {
      const host = dnsName(address);
      const endpoints = this.#endpoints(address, protocol);
      if (endpoints === null) refused.set(host!, TOO_MANY_NAMES);
      for (const endpoint of endpoints ?? []) {
        const name = formatEndpoint(endpoint);
        const reason = this.#options.refusal(endpoint);
        if (reason !== null && host !== null) refused.set(name, reason);
        if (reason === null && !vetted.has(name)) vetted.set(name, { endpoint, address });
      }
    }
    return vetted;
  }

  #take({ pattern, record, options }: RouteToBuild, backends: Vetted, acme: Vetted): BuiltRoute {
    const { slots } = this.#options;
    return {
      backends: this.#backends(backends, options),
      acme: record.acme.length === 0 ? null : this.#backends(acme, options),
      slot: options.maxConnections === null ? null : slots.acquire(routeSlot(pattern)),
      queue: mayWait(options, [backends, acme]) ? slots.acquire(queueSlot(pattern)) : null,
    };
  }

  #backends(vetted: Vetted, options: RouteOptions): readonly Backend[] {
    const { proxyProtocol, slots } = this.#options;
    const proxy = options.proxy ?? proxyProtocol;
    return [...vetted].map(([name, at]) => toBackend(name, at, proxy, slots.acquire(name)));
  }

  #release(slot: string): void {
    this.#options.slots.release(slot, performance.now());
  }

  /** `null` for a name that is not resolved because there are too many. */
  #endpoints(address: BackendAddress, protocol: Protocol): readonly Endpoint[] | null {
    if ('path' in address) return [{ path: address.path }];
    const port = address.port ?? DEFAULT_PORTS[protocol];
    const name = dnsName(address);
    if (name === null) return [{ ip: address.host, port }];
    const addresses = this.#options.resolver.resolve(name);
    if (addresses instanceof Promise) return [];
    return addresses?.map((ip) => ({ ip, port })) ?? null;
  }
}

function membersOf(record: RouteRecord, protocol: Protocol): Record<MemberSet, BackendAddress[]> {
  const { backends, acme, draining } = parseSets(record);
  const served = (members: readonly ParsedMember[]) =>
    members.flatMap(([, address]) => (serves(address, protocol) ? [address] : []));
  return { backends: served(backends), acme: served(acme), draining: served(draining) };
}

function namesOf(addresses: readonly BackendAddress[]): readonly string[] {
  return [...new Set(addresses.flatMap((address) => dnsName(address) ?? []))];
}

// By address: `10.0.0.1` drains `10.0.0.1:443?weight=2`.
function without(vetted: Vetted, drained: Vetted): Vetted {
  return new Map([...vetted].filter(([name]) => !drained.has(name)));
}

function mayWait({ wakeMs }: RouteOptions, pools: readonly Vetted[]): boolean {
  if (wakeMs !== null) return true;
  return pools.some((pool) => [...pool.values()].some(({ address }) => address.max !== null));
}

function serves(address: BackendAddress | string, protocol: Protocol): address is BackendAddress {
  if (typeof address === 'string') return false;
  return address.scheme === null || address.scheme === protocol;
}
