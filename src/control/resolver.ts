import { Resolver as CaresResolver } from 'node:dns/promises';
import { canonicalIp } from '../address.ts';

/** Names kept at once; the answer for one more is an empty list. */
const MAX_NAMES = 10_000;
// A zero TTL would ask again for every session; a day would outlive the backend.
const MIN_TTL_MS = 1000;
const MAX_TTL_MS = 300_000;
const RETRY_MS = 2000;
const QUERY_TIMEOUT_MS = 1000;
const QUERY_TRIES = 2;

export interface ResolverOptions {
  /** `address[:port]` of each DNS server; empty for the system's (`/etc/resolv.conf`). */
  readonly servers: readonly string[];
  /** The addresses of a name in use are no longer what they were. */
  readonly onChange: (name: string) => void;
}

interface Entry {
  addresses: readonly string[];
  pending: Promise<void> | null;
  timer: NodeJS.Timeout | null;
}

/**
 * Resolves the names of backends with c-ares, away from the data path, and keeps them fresh for as
 * long as they are in use. The last good answer is kept through any failure of DNS.
 */
export class BackendResolver {
  readonly #dns: CaresResolver;
  readonly #onChange: (name: string) => void;
  readonly #entries = new Map<string, Entry>();

  constructor(options: ResolverOptions) {
    this.#dns = new CaresResolver({ timeout: QUERY_TIMEOUT_MS, tries: QUERY_TRIES });
    if (options.servers.length > 0) this.#dns.setServers([...options.servers]);
    this.#onChange = options.onChange;
  }

  /** The addresses of a name, sorted; empty when it has none. A promise only the first time. */
  resolve(name: string): readonly string[] | Promise<readonly string[]> {
    const known = this.#entries.get(name);
    if (known !== undefined) return known.pending === null ? known.addresses : settled(known);
    if (this.#entries.size >= MAX_NAMES) return [];
    const entry: Entry = { addresses: [], pending: null, timer: null };
    this.#entries.set(name, entry);
    entry.pending = this.#refresh(name, entry);
    return settled(entry);
  }

  /** Stop keeping a name fresh: no route uses it any more. */
  forget(name: string): void {
    const entry = this.#entries.get(name);
    if (entry?.timer) clearTimeout(entry.timer);
    this.#entries.delete(name);
  }

  close(): void {
    for (const name of this.#entries.keys()) this.forget(name);
    this.#dns.cancel();
  }

  async #refresh(name: string, entry: Entry): Promise<void> {
    const answer = await this.#query(name);
    const first = entry.pending !== null;
    entry.pending = null;
    if (this.#entries.get(name) !== entry) return;
    const before = entry.addresses.join();
    if (answer !== null) entry.addresses = answer.addresses;
    const again = () => void this.#refresh(name, entry);
    entry.timer = setTimeout(again, answer?.ttlMs ?? RETRY_MS).unref();
    if (!first && entry.addresses.join() !== before) this.#onChange(name);
  }

  // `null` when DNS could not say: the last good answer stands.
  async #query(name: string): Promise<{ addresses: string[]; ttlMs: number } | null> {
    const answers = await Promise.allSettled([
      this.#dns.resolve4(name, { ttl: true }),
      this.#dns.resolve6(name, { ttl: true }),
    ]);
    const failures = answers.filter((answer) => answer.status === 'rejected');
    if (failures.some(({ reason }) => !isNoSuchName(reason))) return null;
    const records = answers.flatMap((answer) =>
      answer.status === 'fulfilled' ? answer.value : [],
    );
    const ttlMs = Math.min(MAX_TTL_MS, ...records.map(({ ttl }) => ttl * 1000));
    return {
      addresses: records.map(({ address }) => canonicalIp(address) ?? address).sort(),
      ttlMs: Math.max(MIN_TTL_MS, records.length === 0 ? RETRY_MS : ttlMs),
    };
  }
}

async function settled(entry: Entry): Promise<readonly string[]> {
  await entry.pending;
  return entry.addresses;
}

function isNoSuchName(reason: unknown): boolean {
  const code = (reason as { code?: unknown }).code;
  return code === 'ENODATA' || code === 'ENOTFOUND';
}
