import { canonicalIp, formatEndpoint, type Endpoint } from '../address.ts';
import type { Backend } from '../balance/backend.ts';
import { parseBackendAddress, type BackendAddress } from '../balance/backend-address.ts';
import type { Protocol } from '../protocol.ts';
import type { ProxyMode } from '../proxy-protocol.ts';
import type { BackendSlots } from './backend-slots.ts';
import type { BackendResolver } from './resolver.ts';

const DEFAULT_PORTS: Readonly<Record<Protocol, number>> = { tls: 443, http: 80 };

export interface RouteBackendsOptions {
  readonly resolver: BackendResolver;
  readonly slots: BackendSlots;
  /** Why an address must not be dialled, in words, or `null`. */
  readonly refusal: (endpoint: Endpoint) => string | null;
  readonly proxyProtocol: ProxyMode;
  /** A member that is left out, and why. Called each time it is met. */
  readonly onRefused: (pattern: string, member: string, reason: string) => void;
}

interface Built {
  readonly backends: readonly Backend[];
  readonly names: readonly string[];
}

/** Turns the members of a route into backends that may be dialled, once per route and protocol in use. */
export class RouteBackends {
  readonly #options: RouteBackendsOptions;
  readonly #built = new Map<string, Partial<Record<Protocol, Built>>>();
  /** DNS name → the patterns built from it. */
  readonly #users = new Map<string, Set<string>>();

  constructor(options: RouteBackendsOptions) {
    this.#options = options;
  }

  /** At once, unless a name among the members was never resolved before: then when it has been. */
  build(
    pattern: string,
    members: readonly string[],
    protocol: Protocol,
  ): readonly Backend[] | Promise<void> {
    const known = this.#built.get(pattern)?.[protocol];
    if (known !== undefined) return known.backends;
    const addresses = this.#parse(pattern, members, protocol);
    const names = addresses.flatMap((address) => dnsName(address) ?? []);
    const unresolved = names
      .map((name) => this.#options.resolver.resolve(name))
      .filter((answer) => answer instanceof Promise);
    if (unresolved.length > 0) return Promise.all(unresolved).then(() => {});
    const backends = this.#vetAll(pattern, addresses, protocol);
    this.#keep(pattern, protocol, { backends, names });
    return backends;
  }

  /** The route changed or went: give back what it held. */
  forget(pattern: string): void {
    const built = this.#built.get(pattern);
    if (built === undefined) return;
    this.#built.delete(pattern);
    for (const { backends, names } of Object.values(built)) {
      for (const { name } of backends) this.#options.slots.release(name, performance.now());
      for (const name of names) this.#drop(name, pattern);
    }
  }

  /** The patterns in use that have a backend of this DNS name. */
  patternsUsing(name: string): readonly string[] {
    return [...(this.#users.get(name) ?? [])];
  }

  #parse(pattern: string, members: readonly string[], protocol: Protocol): BackendAddress[] {
    return members.flatMap((member) => {
      const address = parseBackendAddress(member);
      if (typeof address !== 'string') return otherProtocol(address, protocol) ? [] : [address];
      this.#options.onRefused(pattern, member, address);
      return [];
    });
  }

  // Members that come to the same address (`10.0.0.1` and `10.0.0.1:443`) are one backend: the first.
  #vetAll(pattern: string, addresses: readonly BackendAddress[], protocol: Protocol): Backend[] {
    const backends = new Map<string, Backend>();
    for (const address of addresses) {
      for (const endpoint of this.#endpoints(address, protocol)) {
        const name = formatEndpoint(endpoint);
        if (backends.has(name) || !this.#allowed(pattern, name, endpoint)) continue;
        const proxy = address.proxy ?? this.#options.proxyProtocol;
        const slot = this.#options.slots.acquire(name);
        backends.set(name, { name, endpoint, weight: address.weight, proxy, slot });
      }
    }
    return [...backends.values()];
  }

  #allowed(pattern: string, name: string, endpoint: Endpoint): boolean {
    const reason = this.#options.refusal(endpoint);
    if (reason !== null) this.#options.onRefused(pattern, name, reason);
    return reason === null;
  }

  #endpoints(address: BackendAddress, protocol: Protocol): readonly Endpoint[] {
    if ('path' in address) return [{ path: address.path }];
    const port = address.port ?? DEFAULT_PORTS[protocol];
    const name = dnsName(address);
    if (name === null) return [{ ip: address.host, port }];
    const addresses = this.#options.resolver.resolve(name);
    return addresses instanceof Promise ? [] : addresses.map((ip) => ({ ip, port }));
  }

  #keep(pattern: string, protocol: Protocol, built: Built): void {
    this.#built.set(pattern, { ...this.#built.get(pattern), [protocol]: built });
    for (const name of built.names) {
      const users = this.#users.get(name) ?? new Set();
      this.#users.set(name, users.add(pattern));
    }
  }

  #drop(name: string, pattern: string): void {
    const users = this.#users.get(name);
    users?.delete(pattern);
    if (users?.size !== 0) return;
    this.#users.delete(name);
    this.#options.resolver.forget(name);
  }
}

function dnsName(address: BackendAddress): string | null {
  return 'path' in address || canonicalIp(address.host) !== null ? null : address.host;
}

function otherProtocol(address: BackendAddress, protocol: Protocol): boolean {
  return address.scheme !== null && address.scheme !== protocol;
}
