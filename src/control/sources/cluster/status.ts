import {
  zeroCounters,
  type SourceCounters,
  type SourceStatus,
  type TrackingMode,
} from '../source.ts';

/** What only the cluster as a whole can say. */
type Whole = Pick<SourceStatus, 'from' | 'ready' | 'routes' | 'snapshotAt' | 'problem'>;

/** From the best to the worst; a cluster is followed as its worst master is. */
const MODES: readonly TrackingMode[] = ['tracking', 'keyspace', 'polling'];

/** One status of all masters: each number is the sum, or the worst. */
export function mergeStatus(whole: Whole, masters: readonly SourceStatus[]): SourceStatus {
  const problems = masters.flatMap(({ problem }) => problem ?? []);
  const modes = masters.flatMap(({ tracking }) => tracking ?? []);
  return {
    kind: 'redis',
    ...whole,
    connected: masters.length > 0 && masters.every(({ connected }) => connected),
    tracking: modes.toSorted((a, b) => MODES.indexOf(b) - MODES.indexOf(a))[0] ?? null,
    problem: whole.problem ?? problems[0] ?? null,
    badKeys: masters.reduce((sum, { badKeys }) => sum + badKeys, 0),
    lastSyncAt: earliest(masters.map(({ lastSyncAt }) => lastSyncAt)),
    staleSince: earliest(masters.map(({ staleSince }) => staleSince)),
    lossHeld: 0,
    snapshot: null,
    counters: masters.map(({ counters }) => counters).reduce(addCounters, zeroCounters()),
  };
}

function earliest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
}

function addCounters(a: SourceCounters, b: Readonly<SourceCounters>): SourceCounters {
  const triggers = ['connect', 'invalidate', 'flush', 'periodic'] as const;
  for (const trigger of triggers) {
    a.syncs[trigger].ok += b.syncs[trigger].ok;
    a.syncs[trigger].error += b.syncs[trigger].error;
  }
  a.reconnects += b.reconnects;
  a.invalidations += b.invalidations;
  a.reconcileFixes += b.reconcileFixes;
  return a;
}
