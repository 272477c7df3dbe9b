import { clearGauges, Counters, type CounterLayout } from '../../account/counters.ts';
import { closeOrphans } from '../../engine/epoll/system/descriptors.ts';
import { WAIT_CELLS } from '../../engine/turn-waits.ts';
import {
  activeSessions,
  createBackendStateBuffers,
  reclaimShare,
  type BackendStateBuffers,
} from '../../worker/backend-state.ts';
import {
  createClientTable,
  reclaimClients,
  type ClientTable,
} from '../../worker/clients/client-table.ts';
import {
  createBackendHealthBuffers,
  type BackendHealthBuffers,
} from '../../worker/health/backend-health.ts';
import type { WorkerStart } from '../../worker/messages.ts';

/** A byte for every descriptor number there can be on most machines; committed as it is touched. */
const LEDGER_BYTES = 1 << 20;

type WorkerPart = Pick<
  WorkerStart,
  'worker' | 'workers' | 'backends' | 'clients' | 'health' | 'ledger' | 'counters' | 'waits'
>;

/** What of a worker's start comes from the configuration. */
export type WorkerSettings = Omit<WorkerStart, keyof WorkerPart | 'engine' | 'listeners'>;

/** The memory that the workers share with the control plane, and what a dead worker leaves in it. */
export class WorkerMemory {
  /** One array a worker, for the exposition. */
  readonly cells: readonly Float64Array[];
  /** The same of how long events waited: the cells of `TurnWaits`. */
  readonly waits: readonly Float64Array[];
  readonly #layout: CounterLayout;
  readonly #backends: BackendStateBuffers;
  /** The health of the backends, which the control plane has a say in. */
  readonly health: BackendHealthBuffers = createBackendHealthBuffers();
  readonly #ledgers: readonly SharedArrayBuffer[];
  readonly #clients: ClientTable | null;

  /** `limitsClients`: clients are counted by address. */
  constructor(workers: number, layout: CounterLayout, limitsClients: boolean) {
    this.#clients = limitsClients ? createClientTable(workers) : null;
    const each = <T>(make: () => T) => Array.from({ length: workers }, make);
    this.#layout = layout;
    this.#backends = createBackendStateBuffers(workers);
    this.#ledgers = each(() => new SharedArrayBuffer(LEDGER_BYTES));
    this.cells = each(() => new Float64Array(new SharedArrayBuffer(layout.length * 8)));
    this.waits = each(() => new Float64Array(new SharedArrayBuffer(WAIT_CELLS * 8)));
  }

  /** What each worker is started with: what all have in common, and its memory. */
  starts(common: Omit<WorkerStart, keyof WorkerPart>): readonly WorkerStart[] {
    return this.cells.map((_, worker) => ({ ...common, ...this.of(worker) }));
  }

  /** The part of its start that gives a worker its memory. */
  of(worker: number): WorkerPart {
    const cells = this.cells[worker]!.buffer as SharedArrayBuffer;
    const counters = { layout: this.#layout, cells };
    const ledger = this.#ledgers[worker]!;
    const shared = { backends: this.#backends, clients: this.#clients, health: this.health };
    const waits = this.waits[worker]!.buffer as SharedArrayBuffer;
    return { worker, workers: this.cells.length, ...shared, ledger, counters, waits };
  }

  /** A byte a slot, which workers set that send it a session. */
  get used(): SharedArrayBuffer {
    return this.#backends.used;
  }

  /** Live sessions of a backend's slot over all workers. */
  activeSessions(slot: number): number {
    return activeSessions(this.#backends, slot);
  }

  /** Close and take back what a worker had that runs no more. Returns how many sessions it had. */
  reclaim(worker: number): number {
    const cells = this.cells[worker]!;
    closeOrphans(this.#ledgers[worker]!);
    reclaimShare(this.#backends, worker);
    if (this.#clients !== null) reclaimClients(this.#clients, worker);
    const lost = new Counters(this.#layout, cells).sum('active');
    clearGauges(this.#layout, cells);
    return lost;
  }
}
