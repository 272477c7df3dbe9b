import type { Backend } from '../../../src/balance/backend.ts';
import type { Pool } from '../../../src/balance/pool.ts';
import { candidates } from '../../../src/balance/pool.ts';
import type { BalanceContext, HealthView, Sourced } from '../../../src/balance/candidates.ts';

/** Whoever asks where it does not matter. */
export const CLIENT = clientAt('192.0.2.1');

/** Backends `a`, `b`, `c` … of these weights; the slot is the place. */
export function backendsOf(...weights: readonly number[]): Backend[] {
  return weights.map((weight, slot) => ({
    name: String.fromCharCode(0x61 + slot),
    endpoint: { ip: '10.0.0.1', port: 1000 + slot },
    weight,
    max: null,
    proxy: 'off',
    slot,
  }));
}

/** Where every backend is healthy. */
export const ALL_HEALTHY: HealthView = {
  share: () => 1,
  ejectedUntil: () => 0,
  tryOut: () => false,
};

/** A world with these active sessions by slot, whose randomness is the given fractions in turn. */
export function contextOf(
  active: readonly number[] = [],
  fractions: readonly number[] = [],
): BalanceContext {
  const left = [...fractions];
  const random = () => {
    const fraction = left.shift();
    if (fraction === undefined) throw new Error('more randomness than expected');
    return fraction;
  };
  return worldOf({ activeSessions: (slot) => active[slot] ?? 0, random });
}

/** A world where all is well, but for what is given. */
export function worldOf(given: Partial<BalanceContext>): BalanceContext {
  return {
    activeSessions: () => 0,
    random: () => 0,
    health: ALL_HEALTHY,
    maxEjected: 0.5,
    now: () => 0,
    ...given,
  };
}

/** The names that `count` sessions are offered first. */
export function firstChoices(pool: Pool, context: BalanceContext, count: number): string {
  return Array.from(
    { length: count },
    () => candidates(pool, context, CLIENT).next()?.name ?? '-',
  ).join(' ');
}

/** The names that one session is offered, in order. */
export function allChoices(pool: Pool, context: BalanceContext, client = CLIENT): string {
  const names: string[] = [];
  const offered = candidates(pool, context, client);
  for (let backend = offered.next(); backend !== null; backend = offered.next()) {
    names.push(backend.name);
  }
  return names.join(' ');
}

/** A client, by its address. */
export function clientAt(ip: string): Sourced {
  return { source: { ip } };
}
