import { formatEndpoint, type Endpoint } from '../../address.ts';
import type { Backend } from '../../balance/backend.ts';
import type { BackendAddress } from '../../balance/backend-address.ts';
import type { Protocol } from '../../protocol.ts';
import type { ProxyMode } from '../../proxy-protocol.ts';
import type { BackendSlots } from './backend-slots.ts';
import type { BackendResolver } from './resolver.ts';
import {
  DEFAULT_PORTS,
  dnsName,
  parseMembers,
  type OnRefused,
  type Refusal,
} from './route-members.ts';

const TOO_MANY_NAMES = 'is a DNS name too many: so many are resolved already';

export interface RouteBackendsOptions {
  readonly resolver: BackendResolver;
  readonly slots: BackendSlots;
  readonly refusal: Refusal;
  readonly proxyProtocol: ProxyMode;
  /** Left out for what DNS says of it; what its text says is told of when the route is read. */
  readonly onRefused: OnRefused;
}

interface Built {
  readonly backends: readonly Backend[];
  readonly refused: readonly (readonly [member: string, reason: string])[];
}

/** Turns the members of a route into backends that may be dialled, once per route and protocol in use. */
export class RouteBackends {
  readonly #options: RouteBackendsOptions;
  readonly #built = new Map<string, Partial<Record<Protocol, Built>>>();
  #refused = 0;
  /**
   * Pattern → the DNS names of its members when they were last looked at. They outlive what was built
   * of them: a route that changes while DNS is away must not lose the addresses that are known.
   */
  readonly #names = new Map<string, Partial<Record<Protocol, readonly string[]>>>();
  /** DNS name → the patterns that have it. */
  readonly #users = new Map<string, Set<string>>();

  constructor(options: RouteBackendsOptions) {
    this.#options = options;
  }

  /** Addresses of DNS names that are left out now. */
  get refused(): number {
    return this.#refused;
  }

  /**
   * At once, unless every member that may be dialled is a name that was never resolved before: then
   * when one has been. Members whose names are still being resolved are left out until `onChange`.
   */
  build(
    pattern: string,
    members: readonly string[],
    protocol: Protocol,
  ): readonly Backend[] | Promise<void> {
    const known = this.#built.get(pattern)?.[protocol];
    if (known !== undefined) return known.backends;
    const addresses = parseMembers(members).flatMap(([, address]) =>
      serves(address, protocol) ? [address] : [],
    );
    const names = [...new Set(addresses.flatMap((address) => dnsName(address) ?? []))];
    this.#useNames(pattern, protocol, names);
    const unresolved = names
      .map((name) => this.#options.resolver.resolve(name))
      .filter((answer) => answer instanceof Promise);
    const built = this.#vetAll(addresses, protocol);
    if (built.backends.length === 0 && unresolved.length > 0) {
      return Promise.race(unresolved).then(() => {});
    }
    this.#built.set(pattern, { ...this.#built.get(pattern), [protocol]: built });
    this.#refused += built.refused.length;
    for (const [member, reason] of built.refused) this.#options.onRefused(pattern, member, reason);
    return built.backends;
  }

  /**
   * The route changed: give back the slots it held; whether there was anything built of it. Its names
   * stay until it is built anew.
   */
  forget(pattern: string): boolean {
    const built = this.#built.get(pattern);
    if (built === undefined) return false;
    this.#built.delete(pattern);
    for (const { backends, refused } of Object.values(built)) {
      this.#refused -= refused.length;
      for (const { name } of backends) this.#options.slots.release(name, performance.now());
    }
    return true;
  }

  /** The route went: give back everything. */
  remove(pattern: string): void {
    this.forget(pattern);
    const names = this.#names.get(pattern);
    this.#names.delete(pattern);
    for (const name of Object.values(names ?? {}).flat()) this.#drop(name, pattern);
  }

  /** The patterns in use that have a backend of this DNS name. */
  patternsUsing(name: string): readonly string[] {
    return [...(this.#users.get(name) ?? [])];
  }

  // Members that come to the same address (`10.0.0.1` and `10.0.0.1:443`) are one backend: the first.
  #vetAll(addresses: readonly BackendAddress[], protocol: Protocol): Built {
    const backends = new Map<string, Backend>();
    const refused = new Map<string, string>();
    for (const address of addresses) {
      const host = dnsName(address);
      const endpoints = this.#endpoints(address, protocol);
      if (endpoints === null) refused.set(host!, TOO_MANY_NAMES);
      for (const endpoint of endpoints ?? []) {
        const name = formatEndpoint(endpoint);
        const reason = this.#options.refusal(endpoint);
        if (reason !== null && host !== null) refused.set(name, reason);
        if (reason !== null || backends.has(name)) continue;
        backends.set(name, this.#backend(name, endpoint, address));
      }
    }
    return { backends: [...backends.values()], refused: [...refused] };
  }

  #backend(name: string, endpoint: Endpoint, { weight, proxy }: BackendAddress): Backend {
    const { proxyProtocol, slots } = this.#options;
    return { name, endpoint, weight, proxy: proxy ?? proxyProtocol, slot: slots.acquire(name) };
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

  #useNames(pattern: string, protocol: Protocol, names: readonly string[]): void {
    const before = this.#names.get(pattern);
    // Most routes have none, and nothing is kept for them.
    if (before === undefined && names.length === 0) return;
    const after = { ...before, [protocol]: names };
    this.#names.set(pattern, after);
    for (const name of names) {
      const users = this.#users.get(name) ?? new Set();
      this.#users.set(name, users.add(pattern));
    }
    const used = new Set(Object.values(after).flat());
    for (const name of before?.[protocol] ?? []) if (!used.has(name)) this.#drop(name, pattern);
  }

  #drop(name: string, pattern: string): void {
    const users = this.#users.get(name);
    users?.delete(pattern);
    if (users?.size !== 0) return;
    this.#users.delete(name);
    this.#options.resolver.forget(name);
  }
}

function serves(address: BackendAddress | string, protocol: Protocol): address is BackendAddress {
  if (typeof address === 'string') return false;
  return address.scheme === null || address.scheme === protocol;
}
