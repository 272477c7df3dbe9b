import type { Backend } from '../../../src/balance/backend.ts';
import type { Pool } from '../../../src/balance/pool.ts';
import { candidates } from '../../../src/balance/pool.ts';
import type { BalanceContext } from '../../../src/balance/candidates.ts';

/** Backends `a`, `b`, `c` … of these weights; the slot is the place. */
export function backendsOf(...weights: readonly number[]): Backend[] {
  return weights.map((weight, slot) => ({
    name: String.fromCharCode(0x61 + slot),
    endpoint: { ip: '10.0.0.1', port: 1000 + slot },
    weight,
    proxy: 'off',
    slot,
  }));
}

/** A world with these active sessions by slot, whose randomness is the given fractions in turn. */
export function contextOf(
  active: readonly number[] = [],
  fractions: readonly number[] = [],
): BalanceContext {
  const left = [...fractions];
  return {
    activeSessions: (slot) => active[slot] ?? 0,
    random: () => {
      const fraction = left.shift();
      if (fraction === undefined) throw new Error('more randomness than expected');
      return fraction;
    },
  };
}

/** The names that `count` sessions are offered first. */
export function firstChoices(pool: Pool, context: BalanceContext, count: number): string {
  return Array.from({ length: count }, () => candidates(pool, context).next()?.name ?? '-').join(
    ' ',
  );
}

/** The names that one session is offered, in order. */
export function allChoices(pool: Pool, context: BalanceContext): string {
  const names: string[] = [];
  const offered = candidates(pool, context);
  for (let backend = offered.next(); backend !== null; backend = offered.next()) {
    names.push(backend.name);
  }
  return names.join(' ');
}
