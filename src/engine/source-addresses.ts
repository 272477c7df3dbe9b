import type { Endpoint } from '../address.ts';

/** The kernel's words for "no port left to dial from": for this backend, or for the address as a whole. */
const OUT_OF_PORTS: readonly string[] = ['EADDRNOTAVAIL', 'EADDRINUSE'];

/**
 * The local addresses to dial from, each with ports of its own. A backend is dialled from one of them until
 * that has no port left for it, then from the next: so a backend sees one address until it has to see
 * more, and the kernel does not look through a range that is full for every session.
 */
export class SourceAddresses {
  readonly #ipv4: readonly string[];
  readonly #ipv6: readonly string[];
  /** Which one a backend is dialled from, where that is not the first. */
  readonly #places = new WeakMap<Endpoint, number>();

  /** IP literals; none leaves the choice to the kernel. */
  constructor(addresses: readonly string[]) {
    this.#ipv6 = addresses.filter((address) => address.includes(':'));
    this.#ipv4 = addresses.filter((address) => !address.includes(':'));
  }

  /** How many there are for this backend. */
  count(to: Endpoint): number {
    return this.#of(to).length;
  }

  /** Where to dial it from; `null` where the kernel is to choose. */
  choose(to: Endpoint): string | null {
    const addresses = this.#of(to);
    return addresses[this.#places.get(to) ?? 0] ?? null;
  }

  /**
   * This one has no port left for this backend: the one after it, to try next. Dials that fail together
   * move on together, so that none of them passes over an address for all.
   */
  advance(to: Endpoint, failed: string): string {
    const addresses = this.#of(to);
    const next = (addresses.indexOf(failed) + 1) % addresses.length;
    if (this.choose(to) === failed) this.#places.set(to, next);
    return addresses[next]!;
  }

  #of(to: Endpoint): readonly string[] {
    if ('path' in to) return [];
    return to.ip.includes(':') ? this.#ipv6 : this.#ipv4;
  }
}

/** Whether a failed dial, by its errno name, might have succeeded from another address. */
export function isOutOfPorts(code: string): boolean {
  return OUT_OF_PORTS.includes(code);
}
