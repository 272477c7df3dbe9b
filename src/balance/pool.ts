import type { Backend } from './backend.ts';
import type { BalanceContext, BalanceMethod, Candidates, Choose } from './candidates.ts';
import { chooseLeastConnections } from './least-connections.ts';
import { chooseRandom } from './random.ts';
import { createRoundRobin } from './round-robin.ts';

/** The backends of one route in one worker, and the state of the method that chooses among them. */
export interface Pool {
  readonly backends: readonly Backend[];
  readonly choose: Choose;
}

const METHODS: Readonly<Record<BalanceMethod, (count: number) => Choose>> = {
  'least-connections': () => chooseLeastConnections,
  'round-robin': createRoundRobin,
  random: () => chooseRandom,
};

/** A pool of backends, all different; it may be empty. */
export function createPool(backends: readonly Backend[], method: BalanceMethod): Pool {
  return { backends, choose: METHODS[method](backends.length) };
}

/** The backends of the pool for one session: chosen one by one, when they are asked for. */
export function candidates(pool: Pool, context: BalanceContext): Candidates {
  return pool.backends.length > 1
    ? new ChosenCandidates(pool, context)
    : new OnlyCandidate(pool.backends[0] ?? null);
}

// Most routes have one backend: nothing is chosen, nothing is kept.
class OnlyCandidate implements Candidates {
  #backend: Backend | null;

  constructor(backend: Backend | null) {
    this.#backend = backend;
  }

  next(): Backend | null {
    const backend = this.#backend;
    this.#backend = null;
    return backend;
  }
}

class ChosenCandidates implements Candidates {
  readonly #pool: Pool;
  readonly #context: BalanceContext;
  readonly #offered: number[] = [];

  constructor(pool: Pool, context: BalanceContext) {
    this.#pool = pool;
    this.#context = context;
  }

  next(): Backend | null {
    const { backends, choose } = this.#pool;
    if (this.#offered.length === backends.length) return null;
    const index = choose(backends, this.#offered, this.#context);
    this.#offered.push(index);
    return backends[index]!;
  }
}
