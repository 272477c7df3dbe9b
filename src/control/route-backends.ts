import { canonicalIp, formatEndpoint, type Endpoint } from '../address.ts';
import type { Backend } from '../balance/backend.ts';
import {
  parseBackendAddress,
  type BackendAddress,
  type BackendComplaint,
} from '../balance/backend-address.ts';
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

/** Turns the members of a route into backends that may be dialled, once per route and protocol in use. */
export class RouteBackends {
  readonly #options: RouteBackendsOptions;
  readonly #built = new Map<string, Partial<Record<Protocol, readonly Backend[]>>>();
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

  /** At once, unless a name among the members was never resolved before: then when it has been. */
  build(
    pattern: string,
    members: readonly string[],
    protocol: Protocol,
  ): readonly Backend[] | Promise<void> {
    const known = this.#built.get(pattern)?.[protocol];
    if (known !== undefined) return known;
    const parsed = members.map((member) => [member, parseBackendAddress(member)] as const);
    const addresses = parsed.flatMap(([, address]) => (serves(address, protocol) ? [address] : []));
    const names = addresses.flatMap((address) => dnsName(address) ?? []);
    this.#useNames(pattern, protocol, names);
    const unresolved = names
      .map((name) => this.#options.resolver.resolve(name))
      .filter((answer) => answer instanceof Promise);
    if (unresolved.length > 0) return Promise.all(unresolved).then(() => {});
    for (const [member, complaint] of parsed) {
      if (typeof complaint === 'string') this.#options.onRefused(pattern, member, complaint);
    }
    const backends = this.#vetAll(pattern, addresses, protocol);
    this.#built.set(pattern, { ...this.#built.get(pattern), [protocol]: backends });
    return backends;
  }

  /** The route changed: give back the slots it held. Its names stay until it is built anew. */
  forget(pattern: string): void {
    const built = this.#built.get(pattern);
    if (built === undefined) return;
    this.#built.delete(pattern);
    for (const { name } of Object.values(built).flat()) {
      this.#options.slots.release(name, performance.now());
    }
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

function dnsName(address: BackendAddress): string | null {
  return 'path' in address || canonicalIp(address.host) !== null ? null : address.host;
}

function serves(
  address: BackendAddress | BackendComplaint,
  protocol: Protocol,
): address is BackendAddress {
  if (typeof address === 'string') return false;
  return address.scheme === null || address.scheme === protocol;
}
