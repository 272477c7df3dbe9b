import type { RecordWithTtl } from 'node:dns';
import { Resolver as CaresResolver } from 'node:dns/promises';
import { canonicalIp } from '../../address.ts';

/** Names kept at once. */
const MAX_NAMES = 10_000;
// A zero TTL would ask again for every session; a day would outlive the backend.
const MIN_TTL_MS = 1000;
const MAX_TTL_MS = 300_000;
const RETRY_MS = 2000;
const QUERY_TIMEOUT_MS = 1000;
const QUERY_TRIES = 2;
const FAMILIES = ['A', 'AAAA'] as const;

export interface ResolverOptions {
  /** `address[:port]` of each DNS server; empty for the system's (`/etc/resolv.conf`). */
  readonly servers: readonly string[];
  /** The addresses of a name in use are no longer what they were. */
  readonly onChange: (name: string) => void;
  /** Why a name in use has no address, or may have others than are known. Told when that changes. */
  readonly onProblem: (name: string, reason: string) => void;
}

interface Entry {
  /** The last good answer of each family. */
  readonly known: [readonly string[], readonly string[]];
  addresses: readonly string[];
  problem: string | null;
  pending: Promise<void> | null;
  timer: NodeJS.Timeout | null;
}

type Answer = PromiseSettledResult<readonly RecordWithTtl[]>;

/**
 * Resolves the names of backends with c-ares, away from the data path, and keeps them fresh for as
 * long as they are in use. The last good answer is kept through any failure of DNS, for IPv4 and IPv6
 * apart: that one of them fails takes nothing from the other.
 */
export class BackendResolver {
  readonly #dns: CaresResolver;
  readonly #options: ResolverOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: ResolverOptions) {
    this.#dns = new CaresResolver({ timeout: QUERY_TIMEOUT_MS, tries: QUERY_TRIES });
    if (options.servers.length > 0) this.#dns.setServers([...options.servers]);
    this.#options = options;
  }

  /**
   * The addresses of a name, sorted; empty when it has none. A promise until it was asked for once,
   * after which `onChange` follows if it has any. `null` when too many names are kept already.
   */
  resolve(name: string): readonly string[] | Promise<readonly string[]> | null {
    const known = this.#entries.get(name);
    if (known !== undefined) return known.pending === null ? known.addresses : settled(known);
    if (this.#entries.size >= MAX_NAMES) return null;
    const entry: Entry = {
      known: [[], []],
      addresses: [],
      problem: null,
      pending: null,
      timer: null,
    };
    this.#entries.set(name, entry);
    entry.pending = this.#refresh(name, entry);
    return settled(entry);
  }

  /** The addresses of a name that is kept fresh, as they are now; `null` for any other. */
  known(name: string): readonly string[] | null {
    return this.#entries.get(name)?.addresses ?? null;
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
    const answers = await Promise.allSettled([
      this.#dns.resolve4(name, { ttl: true }),
      this.#dns.resolve6(name, { ttl: true }),
    ]);
    entry.pending = null;
    if (this.#entries.get(name) !== entry) return;
    const again = () => void this.#refresh(name, entry);
    entry.timer = setTimeout(again, waitAfter(answers)).unref();
    const before = entry.addresses.join();
    learn(entry, answers);
    this.#tellProblem(name, entry, problemOf(answers));
    if (entry.addresses.join() !== before) this.#options.onChange(name);
  }

  #tellProblem(name: string, entry: Entry, problem: string | null): void {
    const isNew = problem !== entry.problem;
    entry.problem = problem;
    if (isNew && problem !== null) this.#options.onProblem(name, problem);
  }
}

function learn(entry: Entry, answers: readonly Answer[]): void {
  for (const [family, answer] of answers.entries()) {
    const addresses = addressesOf(answer);
    if (addresses !== null) entry.known[family] = addresses;
  }
  entry.addresses = entry.known.flat().sort();
}

/** `null` when DNS could not say: what was known still holds. */
function addressesOf(answer: Answer): readonly string[] | null {
  if (answer.status === 'rejected') return isNoSuchName(answer.reason) ? [] : null;
  return answer.value.map(({ address }) => canonicalIp(address) ?? address);
}

function waitAfter(answers: readonly Answer[]): number {
  const ttls = answers.flatMap((answer) =>
    answer.status === 'fulfilled' ? answer.value.map(({ ttl }) => ttl * 1000) : [],
  );
  const failed = answers.some((answer) => addressesOf(answer) === null);
  if (failed || ttls.length === 0) return RETRY_MS;
  return Math.max(MIN_TTL_MS, Math.min(MAX_TTL_MS, ...ttls));
}

function problemOf(answers: readonly Answer[]): string | null {
  const failures = answers.flatMap((answer, family) =>
    addressesOf(answer) === null ? [`${FAMILIES[family]} ${codeOf(answer)}`] : [],
  );
  if (failures.length > 0) return `is not resolved by DNS: ${failures.join(', ')}`;
  return answers.every((answer) => addressesOf(answer)?.length === 0)
    ? 'has no address in DNS'
    : null;
}

async function settled(entry: Entry): Promise<readonly string[]> {
  await entry.pending;
  return entry.addresses;
}

function isNoSuchName(reason: unknown): boolean {
  const { code } = reason as { code?: unknown };
  return code === 'ENODATA' || code === 'ENOTFOUND';
}

function codeOf(answer: Answer): string {
  return answer.status === 'rejected' ? String((answer.reason as { code?: unknown }).code) : '';
}
