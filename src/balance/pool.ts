import type { Backend } from './backend.ts';
import type { BalanceContext, BalanceMethod, Candidates, Choose, Sourced } from './candidates.ts';
import { chooseLeastConnections } from './least-connections.ts';
import { chooseRandom } from './random.ts';
import { createRoundRobin } from './round-robin.ts';
import { createSource } from './source.ts';
import { isFull, weigh, type Usable } from './usable.ts';

/** The backends of one route in one worker, and the state of the method that chooses among them. */
export interface Pool {
  readonly backends: readonly Backend[];
  readonly choose: Choose;
}

const METHODS: Readonly<Record<BalanceMethod, (backends: readonly Backend[]) => Choose>> = {
  'least-connections': () => chooseLeastConnections,
  'round-robin': createRoundRobin,
  random: () => chooseRandom,
  source: createSource,
};

/** A pool of backends, all different; it may be empty. */
export function createPool(backends: readonly Backend[], method: BalanceMethod): Pool {
  return { backends, choose: METHODS[method](backends) };
}

/** The backends of the pool for a client, chosen one by one, when they are asked for. */
export function candidates(pool: Pool, context: BalanceContext, client: Sourced): Candidates {
  return pool.backends.length > 1
    ? new ChosenCandidates(pool, context, client)
    : new OnlyCandidate(pool.backends[0] ?? null, context);
}

// Most routes have one backend: nothing is chosen, nothing is kept, and it is never passed over.
class OnlyCandidate implements Candidates {
  #backend: Backend | null;
  readonly #context: BalanceContext;

  constructor(backend: Backend | null, context: BalanceContext) {
    this.#backend = backend;
    this.#context = context;
  }

  next(): Backend | null {
    const backend = this.#backend;
    this.#backend = null;
    return backend === null || isFull(backend, this.#context) ? null : backend;
  }
}

class ChosenCandidates implements Candidates {
  readonly #pool: Pool;
  readonly #context: BalanceContext;
  readonly #client: Sourced;
  #usable: Usable | null = null;
  /** Of those that may be chosen, how many have not been. */
  #left = 0;

  constructor(pool: Pool, context: BalanceContext, client: Sourced) {
    this.#pool = pool;
    this.#context = context;
    this.#client = client;
  }

  next(): Backend | null {
    const index = this.#usable === null ? this.#first() : this.#further(this.#usable);
    return index === undefined ? null : this.#pool.backends[index]!;
  }

  #first(): number | undefined {
    this.#usable = weigh(this.#pool.backends, this.#context);
    this.#left = this.#usable.count;
    return this.#usable.trial ?? this.#further(this.#usable);
  }

  #further({ weights, ejected }: Usable): number | undefined {
    if (this.#left === 0) return ejected.shift();
    const { backends, choose } = this.#pool;
    const index = choose(backends, weights, this.#context, this.#client);
    weights[index] = 0;
    this.#left--;
    return index;
  }
}
