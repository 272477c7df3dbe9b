import type { RouteRecord } from '../../sources/routes/route-record.ts';
import { TokenBucket } from '../../../account/token-bucket.ts';

/**
 * Patterns read in a second on average. Each is 8 commands of Redis and some 100 µs of the main thread: a
 * flood of names nobody knows takes a fifth of a core and of Redis no more than that.
 */
export const READS_PER_SECOND = 2000;
/** Patterns waited for at once: half a second's worth. Whoever comes later would wait in vain. */
const MAX_WAITING = 1000;

export type ReadPatterns = (
  patterns: readonly string[],
) => Promise<ReadonlyMap<string, RouteRecord>>;

/** How a reading went: `limited` when there are too many, `failed` when the source cannot be read. */
export type ReadResult = 'read' | 'limited' | 'failed';

/** Reads patterns when they are asked for: each once for any number that wait, those of one turn together. */
export class PatternReads {
  readonly #read: ReadPatterns;
  readonly #take: (pattern: string, record: RouteRecord | null) => void;
  readonly #bucket = new TokenBucket(READS_PER_SECOND, performance.now());
  readonly #waiting = new Map<string, Promise<ReadResult>>();
  #batch: string[] = [];
  #batchDone: Promise<ReadResult> | null = null;
  #epoch = 0;
  readonly counts: Record<ReadResult, number> = { read: 0, limited: 0, failed: 0 };

  /** `take` is given what was read, before whoever waits for it goes on. */
  constructor(read: ReadPatterns, take: (pattern: string, record: RouteRecord | null) => void) {
    this.#read = read;
    this.#take = take;
  }

  /** What is on its way is not to be taken any more. */
  abandon(): void {
    this.#epoch++;
  }

  /** Have these read. */
  async ask(patterns: readonly string[]): Promise<ReadResult> {
    const unasked = patterns.filter((pattern) => !this.#waiting.has(pattern));
    if (!this.#grants(unasked.length)) {
      this.counts.limited++;
      return 'limited';
    }
    for (const pattern of unasked) this.#waiting.set(pattern, this.#join(pattern));
    const results = await Promise.all(patterns.map((pattern) => this.#waiting.get(pattern)!));
    return results.every((result) => result === 'read') ? 'read' : 'failed';
  }

  #grants(count: number): boolean {
    if (count === 0) return true;
    if (this.#waiting.size + count > MAX_WAITING) return false;
    return this.#bucket.take(count, performance.now());
  }

  #join(pattern: string): Promise<ReadResult> {
    this.#batch.push(pattern);
    this.#batchDone ??= new Promise((resolve) => {
      setImmediate(() => resolve(this.#readBatch()));
    });
    return this.#batchDone;
  }

  async #readBatch(): Promise<ReadResult> {
    const patterns = this.#batch;
    const epoch = this.#epoch;
    this.#batch = [];
    this.#batchDone = null;
    try {
      const found = await this.#read(patterns);
      this.counts.read += patterns.length;
      // In the same breath: what is announced from now on is newer.
      if (epoch === this.#epoch) for (const p of patterns) this.#take(p, found.get(p) ?? null);
      return 'read';
    } catch {
      this.counts.failed += patterns.length;
      return 'failed';
    } finally {
      for (const pattern of patterns) this.#waiting.delete(pattern);
    }
  }
}
