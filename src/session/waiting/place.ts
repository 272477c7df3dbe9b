import type { Pool } from '../../balance/pool.ts';
import type { LineParts } from '../line-parts.ts';
import type { Route } from '../route.ts';

/**
 * The place of a session among those of its route that wait. It is kept from one wait to the next: whoever
 * looks its route up again, because that changed, must not find that others have filled the queue.
 */
export class QueuePlace {
  readonly #parts: LineParts;
  #slot: number | null = null;

  constructor(parts: LineParts) {
    this.#parts = parts;
  }

  /** Have a place on this route, if not yet; whether there was one. */
  take({ queue, options }: Route, pool: Pool): boolean {
    const { waiting, backends, settings } = this.#parts;
    const max = options.queueMax ?? settings.queueMax;
    if (queue != null && queue === this.#slot) return true;
    this.leave();
    // Without a count of all workers, this worker's has to do.
    if (queue == null) return waiting.ahead(pool) < max;
    if (!backends.takeBelow(queue, max)) return false;
    this.#slot = queue;
    return true;
  }

  leave(): void {
    if (this.#slot !== null) this.#parts.backends.release(this.#slot);
    this.#slot = null;
  }
}
