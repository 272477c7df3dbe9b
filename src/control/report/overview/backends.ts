import { setImmediate as nextTurn } from 'node:timers/promises';
import type { HealthState } from '../../../worker/health/backend-health.ts';
import type { BackendRow } from './overview.ts';

/** Looked at in one go: about a millisecond. There may be a million. */
const SLICE = 1024;
/** Sorted when there are so many times more than are wanted. */
const SPARE = 4;

/** The backends of a running edge, as the overview needs them. */
export interface BackendFacts {
  /** Those in use, with their slots. May change while it is walked. */
  backends(): Iterable<readonly [backend: string, slot: number]>;
  sessions(slot: number): number;
  state(slot: number): HealthState;
  /** What part of its weight it has. */
  share(slot: number): number;
  /** `null` where it is in use. */
  ejection(backend: string): { readonly until: number; readonly why: string } | null;
}

interface Found {
  readonly backend: string;
  readonly slot: number;
  readonly sessions: number;
  readonly isOut: boolean;
}

/** The `limit` backends that matter most: those out of use, then those with the most sessions. */
export async function busiestBackends(facts: BackendFacts, limit: number): Promise<BackendRow[]> {
  let found: Found[] = [];
  let last: Found | undefined;
  let looked = 0;
  for (const [backend, slot] of facts.backends()) {
    const isOut = facts.state(slot) !== 'healthy';
    const each = { backend, slot, sessions: facts.sessions(slot), isOut };
    if (last === undefined || inOrder(each, last) < 0) found.push(each);
    if (found.length > SPARE * limit) {
      found = best(found, limit);
      last = found.at(-1);
    }
    if (++looked % SLICE === 0) await nextTurn();
  }
  return best(found, limit).map((each) => rowOf(each, facts));
}

function best(found: readonly Found[], limit: number): Found[] {
  return found.toSorted(inOrder).slice(0, limit);
}

function inOrder(a: Found, b: Found): number {
  if (a.isOut !== b.isOut) return a.isOut ? -1 : 1;
  return b.sessions - a.sessions || (a.backend < b.backend ? -1 : 1);
}

function rowOf({ backend, slot, sessions }: Found, facts: BackendFacts): BackendRow {
  const state = facts.state(slot);
  const ejection = facts.ejection(backend);
  const base = { address: backend, sessions };
  if (state === 'healthy' || ejection === null) {
    const isSlow = state === 'healthy' && facts.share(slot) < 1;
    return { ...base, state: isSlow ? 'slow-start' : 'healthy', cause: null, until: null };
  }
  const until = new Date(ejection.until).toISOString();
  return { ...base, state, cause: ejection.why, until };
}
