import { randomInt } from 'node:crypto';
import { createPool } from '../balance/pool.ts';
import type { BalanceMethod } from '../balance/candidates.ts';
import type { Protocol } from '../protocol.ts';
import { RouteCache } from '../route/cache.ts';
import type { ServerName } from '../server-name.ts';
import type { FoundRoute, Route, RouteTally } from '../session/route.ts';
import { OVERFLOW_SLOT } from './backend-state.ts';
import type { FromWorker, Lookup, RouteAnswer } from './messages.ts';

/** Names waiting for an answer at once. Beyond it a name is `unavailable` at once. */
const MAX_PENDING_LOOKUPS = 10_000;

/** Questions are numbered from below this: beyond, there is room for all that are ever asked. */
const MAX_FIRST_LOOKUP = 2 ** 40;

interface Pending {
  readonly answered: Promise<FoundRoute>;
  readonly settle: (route: FoundRoute) => void;
  readonly key: LookupKey;
}

type FoundAnswer = Extract<RouteAnswer, { kind: 'route' }>;
type LookupKey = Omit<Lookup, 'lookup'>;

/** Of a turn, it comes after everything that the turn's promises led to. */
export const atEndOfTurn = (run: () => void) => process.nextTick(run);

/** A worker's routes: its own cache, and the control plane behind it. */
export class RouteLookup {
  readonly #post: (message: FromWorker) => void;
  readonly #balance: BalanceMethod;
  /** What each name was found to be. */
  readonly #names = { tls: new RouteCache<Route>(), http: new RouteCache<Route>() };
  /** By pattern: names that share a wildcard share its pool, so that round-robin goes round. */
  readonly #routes = { tls: new RouteCache<Route>(), http: new RouteCache<Route>() };
  readonly #pending = new Map<string, Pending>();
  readonly #asked = new Map<number, string>();
  readonly #later: (run: () => void) => void;
  readonly #tallyOf: (pattern: string) => RouteTally | undefined;
  /** Not sent yet: what is asked in one turn is one message. */
  #questions: Lookup[] = [];
  // An answer that comes late to a worker that died is none to its successor.
  #nextLookup = randomInt(MAX_FIRST_LOOKUP);

  constructor(
    balance: BalanceMethod,
    post: (message: FromWorker) => void,
    later: (run: () => void) => void = atEndOfTurn,
    tallyOf: (pattern: string) => RouteTally | undefined = () => undefined,
  ) {
    this.#balance = balance;
    this.#post = post;
    this.#later = later;
    this.#tallyOf = tallyOf;
  }

  /** At once from the cache, else from the control plane: one question for any number of sessions. */
  find(name: ServerName | null, protocol: Protocol): FoundRoute | Promise<FoundRoute> {
    const cached = this.#names[protocol].get(name);
    if (cached !== undefined) return cached;
    const key = `${protocol}:${name ?? ''}`;
    return this.#pending.get(key)?.answered ?? this.#ask(key, { name, protocol });
  }

  /** Take the control plane's answer. */
  answer(lookup: number, answer: RouteAnswer): void {
    const key = this.#asked.get(lookup);
    const pending = key === undefined ? undefined : this.#pending.get(key);
    if (pending === undefined) return;
    this.#asked.delete(lookup);
    this.#pending.delete(key!);
    pending.settle(this.#learn(pending.key, answer));
  }

  invalidate(patterns: readonly string[] | null): void {
    for (const cache of [...Object.values(this.#names), ...Object.values(this.#routes)]) {
      if (patterns === null) cache.clear();
      else for (const pattern of patterns) cache.invalidate(pattern);
    }
  }

  #ask(key: string, { name, protocol }: LookupKey): FoundRoute | Promise<FoundRoute> {
    if (this.#pending.size >= MAX_PENDING_LOOKUPS) return 'unavailable';
    const lookup = this.#nextLookup++;
    let settle!: (route: FoundRoute) => void;
    const answered = new Promise<FoundRoute>((resolve) => {
      settle = resolve;
    });
    this.#pending.set(key, { answered, settle, key: { name, protocol } });
    this.#asked.set(lookup, key);
    this.#questions.push({ lookup, name, protocol });
    if (this.#questions.length === 1) this.#later(() => this.#send());
    return answered;
  }

  #send(): void {
    const lookups = this.#questions;
    this.#questions = [];
    this.#post({ type: 'lookups', lookups });
  }

  // An unknown name is not kept: whoever floods us with random names gets no memory for it.
  #learn({ name, protocol }: LookupKey, answer: RouteAnswer): FoundRoute {
    if (answer.kind === 'unknown') return null;
    if (answer.kind === 'unavailable') return 'unavailable';
    const { pattern } = answer;
    const known = this.#routes[protocol].get(pattern);
    const route = known ?? this.#routeOf(answer);
    if (known === undefined) this.#routes[protocol].set(pattern, route);
    this.#names[protocol].set(name, route);
    return route;
  }

  #routeOf(answer: FoundAnswer): Route {
    const { pattern, match, backends, acme, options, slot, queue, absence } = answer;
    const method = options.balance ?? this.#balance;
    const tally = this.#tallyOf(pattern);
    return {
      pattern,
      match,
      pool: createPool(backends, method),
      acme: acme === null ? null : createPool(acme, method),
      options,
      // Those beyond the table share one, and its count is nobody's own: such a route goes unlimited.
      slot: slot === OVERFLOW_SLOT ? null : slot,
      queue: queue === OVERFLOW_SLOT ? null : queue,
      limited: [...backends, ...(acme ?? [])].some(({ max }) => max !== null),
      ...(absence === undefined ? {} : { absence }),
      ...(tally === undefined ? {} : { tally }),
    };
  }
}
