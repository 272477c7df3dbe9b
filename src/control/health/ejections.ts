import { TokenBucket } from '../../account/token-bucket.ts';
import type { SourceLog } from '../sources/source.ts';

/** Lines a second: when a whole network is gone, the metrics say the rest. */
const LINES_PER_SECOND = 20;

/** A backend that is out of use, as far as words can say it. */
interface Ejected {
  readonly name: string;
  why: string;
}

/** What is known of the backends that are out of use beside when: why, for the log and `explain`. */
export class Ejections {
  readonly #log: SourceLog;
  /** By slot. No more than there are backends in use. */
  readonly #out = new Map<number, Ejected>();
  readonly #lines = new TokenBucket(LINES_PER_SECOND, performance.now());

  constructor(log: SourceLog) {
    this.#log = log;
  }

  get slots(): IterableIterator<number> {
    return this.#out.keys();
  }

  get size(): number {
    return this.#out.size;
  }

  /** Why, worded to follow "ejected:"; `null` where nobody has said. */
  why(slot: number): string | null {
    return this.#out.get(slot)?.why ?? null;
  }

  has(slot: number): boolean {
    return this.#out.has(slot);
  }

  /** It is out, or still is and for another reason. */
  note(slot: number, name: string, why: string): void {
    const known = this.#out.get(slot);
    if (known !== undefined) {
      known.why = why;
      return;
    }
    this.#out.set(slot, { name, why });
    if (this.#mayLog()) this.#log.warn({ backend: name, why }, 'a backend is ejected');
  }

  /** It is in use again. */
  clear(slot: number): void {
    const known = this.#out.get(slot);
    if (known === undefined) return;
    this.#out.delete(slot);
    if (this.#mayLog()) this.#log.info({ backend: known.name }, 'a backend is back');
  }

  /** The slot is another backend's now. */
  forget(slot: number): void {
    this.#out.delete(slot);
  }

  #mayLog(): boolean {
    return this.#lines.take(1, performance.now());
  }
}
