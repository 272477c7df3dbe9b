import type { CounterLayout } from '../../../account/counters.ts';
import type { BackendHealth } from '../../../worker/health/backend-health.ts';
import { machineNow } from '../../../worker/machine-clock.ts';
import { FAILED, NO_FILTER } from '../../../worker/feed/feed-filter.ts';
import type { SessionFeeds } from '../../feed/session-feeds.ts';
import type { Health } from '../../health/health.ts';
import type { HostActivity } from '../../hosts/host-activity.ts';
import type { BackendSlots } from '../../routes/backend-slots.ts';
import type { RuntimeFacts } from '../../runtime/runtime-health.ts';
import type { RouteSource } from '../../sources/source.ts';
import type { Supervisor } from '../../workers/supervisor.ts';
import type { WorkerMemory } from '../../workers/worker-memory.ts';
import { LiveOverview } from './live-overview.ts';

/** A second: whoever sees so many fail looks at the rates. */
const FAILURES_PER_SECOND = 20;

/** The parts of a running edge that the overview is put together from. */
export interface EdgeParts {
  readonly options: {
    readonly source: RouteSource;
    readonly engine: { readonly name: string };
    readonly version: string;
    readonly layout: CounterLayout;
    readonly worker: { readonly edge: string; readonly maxConnections: number | null };
  };
  readonly memory: WorkerMemory;
  readonly slots: BackendSlots;
  readonly health: BackendHealth;
  readonly care: Health;
  readonly supervisor: Supervisor;
  readonly feeds: SessionFeeds;
  readonly hosts: Pick<HostActivity, 'busiest'>;
  readonly runtime: { read(): RuntimeFacts };
  problems(): readonly string[];
  notes(): readonly string[];
}

/** The overview of a running edge. */
export function edgeOverview(parts: EdgeParts): LiveOverview {
  const { options, memory, slots, health, care, supervisor, feeds } = parts;
  const { source, engine, version, layout, worker } = options;
  return new LiveOverview({
    edge: worker.edge,
    engine: engine.name,
    version,
    startedAt: Date.now() - process.uptime() * 1000,
    layout,
    cells: memory.cells,
    limit: worker.maxConnections,
    backends: {
      backends: () => slots.backends(),
      sessions: (slot) => memory.activeSessions(slot),
      state: (slot) => health.state(slot, machineNow()),
      share: (slot) => health.share(slot, machineNow()),
      ejection: (backend) => care.ejection(backend),
    },
    problems: () => parts.problems(),
    notes: () => parts.notes(),
    source: () => source.status,
    running: () => supervisor.alive,
    runtime: () => parts.runtime.read(),
    hosts: (limit) => parts.hosts.busiest(limit),
    failures: () => feeds.recentFailures(),
    onFailures: (listener) =>
      feeds.subscribe({ ...NO_FILTER, terminations: [FAILED] }, FAILURES_PER_SECOND, listener),
  });
}
