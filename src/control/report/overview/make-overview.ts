import { LABEL_VALUES } from '../../../account/metrics.ts';
import type { Termination } from '../../../termination.ts';
import { Counters, type CounterLayout } from '../../../account/counters.ts';
import type { HostRow } from '../../hosts/host-activity.ts';
import type { RuntimeFacts } from '../../runtime/runtime-health.ts';
import type { SourceStatus } from '../../sources/source.ts';
import { busiestBackends, type BackendFacts } from './backends.ts';
import type { History } from './history.ts';
import type { FailureRow, Overview, SourceRow, WorkerRow } from './overview.ts';
import type { Totals } from './totals.ts';

const HOSTS = 50;
const BACKENDS = 50;
const FAILURES = 50;

/** A running edge, as its overview needs it. */
export interface OverviewParts {
  readonly edge: string;
  readonly engine: string;
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly layout: CounterLayout;
  /** The workers' counters, one array each. */
  readonly cells: readonly Float64Array[];
  /** Sessions at once; `null` where nothing bounds them. */
  readonly limit: number | null;
  readonly backends: BackendFacts;
  problems(): readonly string[];
  notes(): readonly string[];
  source(): SourceStatus;
  /** Which workers are alive. */
  running(): readonly boolean[];
  runtime(): RuntimeFacts;
  /** The busiest of late, the busiest first. */
  hosts(limit: number): readonly HostRow[];
  /** Failed sessions as lines of JSON, newest last. */
  failures(): readonly string[];
}

/** What the edge does now. */
export async function makeOverview(
  parts: OverviewParts,
  totals: Totals,
  history: History,
): Promise<Overview> {
  const { edge, engine, version: sluice } = parts;
  const backends = await busiestBackends(parts.backends, BACKENDS);
  const now = Date.now();
  const problems = parts.problems();
  const { lagP99Ms, rssBytes, openDescriptors, maxDescriptors, queued, workers } = parts.runtime();
  return {
    version: 1,
    time: new Date(now).toISOString(),
    startedAt: new Date(parts.startedAt).toISOString(),
    edge,
    engine,
    sluice,
    ready: problems.length === 0,
    problems,
    notes: parts.notes(),
    sessions: { ...byName(LABEL_VALUES.phase, totals.byValue('active')), limit: parts.limit },
    rates: history.rates(),
    ended: byName<Termination>(LABEL_VALUES.termination, totals.byValue('sessions')),
    connectMs: history.connectMs(),
    workers: workerRows(parts, workers),
    source: sourceRow(parts.source(), now),
    runtime: { lagP99Ms, rssBytes, openDescriptors, maxDescriptors, queued },
    hosts: parts.hosts(HOSTS),
    backends,
    failures: failureRows(parts.failures()),
  };
}

/** A line of the access log, or nothing where it is none. */
export function failureRow(line: string): FailureRow[] {
  try {
    return [JSON.parse(line) as FailureRow];
  } catch {
    return [];
  }
}

function byName<Name extends string>(
  names: readonly Name[],
  values: readonly number[],
): Record<Name, number> {
  const entries = names.map((name, i) => [name, values[i] ?? 0] as const);
  return Object.fromEntries(entries) as Record<Name, number>;
}

function workerRows(parts: OverviewParts, waits: RuntimeFacts['workers']): WorkerRow[] {
  const alive = parts.running();
  return parts.cells.map((each, id) => ({
    id,
    running: alive[id] ?? false,
    sessions: new Counters(parts.layout, each).sum('active'),
    waitP99Ms: waits[id]?.waitP99Ms ?? null,
  }));
}

function sourceRow(status: SourceStatus, now: number): SourceRow {
  const { kind, connected, tracking: mode, ready, routes, staleSince, snapshotAt } = status;
  const current = snapshotAt ?? staleSince ?? now;
  const ageSeconds = ready ? Math.max(0, Math.round((now - current) / 1000)) : null;
  return { kind, connected, mode, ageSeconds, fromSnapshot: snapshotAt !== null, routes };
}

function failureRows(lines: readonly string[]): FailureRow[] {
  return lines.slice(-FAILURES).toReversed().flatMap(failureRow);
}
