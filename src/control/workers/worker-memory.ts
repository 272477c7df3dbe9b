import { clearGauges, Counters, type CounterLayout } from '../../account/counters.ts';
import { closeOrphans } from '../../engine/epoll/system/descriptors.ts';
import {
  activeSessions,
  createBackendStateBuffers,
  reclaimShare,
  type BackendStateBuffers,
} from '../../worker/backend-state.ts';
import type { WorkerStart } from '../../worker/messages.ts';

/** A byte for every descriptor number there can be on most machines; committed as it is touched. */
const LEDGER_BYTES = 1 << 20;

/** The memory that the workers share with the control plane, and what a dead worker leaves in it. */
export class WorkerMemory {
  /** One array a worker, for the exposition. */
  readonly cells: readonly Float64Array[];
  readonly #layout: CounterLayout;
  readonly #backends: BackendStateBuffers;
  readonly #ledgers: readonly SharedArrayBuffer[];

  constructor(workers: number, layout: CounterLayout) {
    const each = <T>(make: () => T) => Array.from({ length: workers }, make);
    this.#layout = layout;
    this.#backends = createBackendStateBuffers(workers);
    this.#ledgers = each(() => new SharedArrayBuffer(LEDGER_BYTES));
    this.cells = each(() => new Float64Array(new SharedArrayBuffer(layout.length * 8)));
  }

  /** The part of its start that gives a worker its memory. */
  of(worker: number): Pick<WorkerStart, 'worker' | 'backends' | 'ledger' | 'counters'> {
    const cells = this.cells[worker]!.buffer as SharedArrayBuffer;
    const counters = { layout: this.#layout, cells };
    return { worker, backends: this.#backends, ledger: this.#ledgers[worker]!, counters };
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
    const lost = new Counters(this.#layout, cells).sum('active');
    clearGauges(this.#layout, cells);
    return lost;
  }
}
