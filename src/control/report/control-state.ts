import type { BackendHealth } from '../../worker/health/backend-health.ts';
import type { RoutePlane } from '../route-plane.ts';
import type { BackendSlots } from '../routes/backend-slots.ts';
import type { RouteSource } from '../sources/source.ts';
import type { Supervisor } from '../workers/supervisor.ts';
import type { ControlState } from './control-metrics.ts';

/** The parts of the control plane whose state is scraped, and what it has counted itself. */
export interface StateParts extends Pick<
  ControlState,
  'workerRestarts' | 'sessionsLost' | 'draining'
> {
  readonly options: {
    readonly source: RouteSource;
    readonly workers: number;
    readonly version: string;
    readonly engine: { readonly name: string };
    readonly worker: { readonly maxConnections: number | null };
    readonly accessLog: { readonly dropped: number } | null;
  };
  readonly routes: RoutePlane;
  readonly slots: BackendSlots;
  readonly health: BackendHealth;
  readonly supervisor: Supervisor;
}

/** What the control plane knows now. */
export function controlState(parts: StateParts): ControlState {
  const { options, routes, slots, health, supervisor } = parts;
  const { workerRestarts, sessionsLost, draining } = parts;
  const { directory } = routes;
  return {
    workerRestarts,
    sessionsLost,
    draining,
    version: options.version,
    engine: options.engine.name,
    source: options.source.status,
    routes: directory.counts(),
    tableMode: directory.mode,
    onDemand: directory.onDemand,
    backends: slots.size,
    backendsEjected: health.ejected,
    ejections: health.ejections,
    routeOptionsRefused: routes.options.refused,
    backendsRefused: routes.backendsRefused,
    workers: options.workers,
    workersRunning: supervisor.running,
    maxConnections: options.worker.maxConnections,
    accessLinesDropped: options.accessLog?.dropped ?? 0,
  };
}
