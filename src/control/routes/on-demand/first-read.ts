import { setTimeout as sleep } from 'node:timers/promises';
import { Latch } from '../../workers/latch.ts';
import type { ReadResult } from './reads.ts';

/** A name asked for before the routes were read for the first time waits so long to become known. */
const FIRST_READ_WAIT_MS = 1000;
/** A source that is not connected yet is asked again so often. */
const RETRY_MS = 50;

/** The time before the routes were read for the first time, in which names are asked for already. */
export class FirstRead {
  readonly done = new Latch();
  /** The source is in trouble: who asks is not kept waiting. */
  readonly trouble = new Latch();

  /** Have a name learnt ahead of its turn. Whether it is known then, by `learn` or because all are. */
  async ahead(learn: () => Promise<ReadResult>): Promise<boolean> {
    const until = performance.now() + FIRST_READ_WAIT_MS;
    for (;;) {
      const result = await learn();
      if (result === 'read' || this.done.isOpen) return true;
      const left = until - performance.now();
      if (this.trouble.isOpen || left <= 0) return false;
      // Of too many, none asks again.
      await this.#wait(result === 'limited' ? left : Math.min(RETRY_MS, left));
    }
  }

  async #wait(milliseconds: number): Promise<void> {
    const impatience = new AbortController();
    const patience = sleep(milliseconds, undefined, { signal: impatience.signal }).catch(() => {});
    await Promise.race([this.done.opened, this.trouble.opened, patience]);
    impatience.abort();
  }
}
