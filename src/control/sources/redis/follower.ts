import type { Mirror } from '../mirror.ts';
import { readingOfSet, type RedisKeys } from '../redis-keys.ts';
import { Snapshot, type Reading } from '../snapshot.ts';
import { countSync, type SourceCounters, type SyncTrigger } from '../source.ts';
import type { RedisLink } from './link.ts';
import { readSets, scanKeys } from './read-sets.ts';

/** More changed keys than this at once are found faster by reading everything. */
const MAX_DIRTY = 10_000;

/**
 * Keeps a mirror equal to Redis, over one link. The owner calls `resync` and `reread`, one at a time.
 *
 * All reads are one sequence on one connection, so each is newer than the one before: a stale answer
 * can never overwrite a fresh one, and no bookkeeping of versions is needed.
 */
export class Follower {
  readonly #link: RedisLink;
  readonly #keys: RedisKeys;
  readonly #mirror: Mirror;
  readonly #counters: SourceCounters;
  #dirty = new Set<string>();
  #flushed = false;

  constructor(link: RedisLink, keys: RedisKeys, mirror: Mirror, counters: SourceCounters) {
    this.#link = link;
    this.#keys = keys;
    this.#mirror = mirror;
    this.#counters = counters;
  }

  /** Everything has to be read again. */
  get flushed(): boolean {
    return this.#flushed;
  }

  /** Keys that changed, `null` for all: to be read when the owner next calls. */
  invalidate(keys: readonly string[] | null): void {
    if (keys === null) {
      this.#counters.invalidations++;
      this.#flushed = true;
      return;
    }
    const ours = keys.filter((key) => this.#keys.hostOf(key) !== null);
    this.#counters.invalidations += ours.length;
    for (const key of ours) this.#dirty.add(key);
    if (this.#dirty.size <= MAX_DIRTY) return;
    this.#dirty.clear();
    this.#flushed = true;
  }

  /** Read the keys that changed. */
  async reread(): Promise<void> {
    if (this.#dirty.size === 0) return;
    await countSync(this.#counters, 'invalidate', () => this.#readDirty(null));
  }

  /** Read everything, keeping up with changes meanwhile; resolves to how many routes differed. */
  resync(trigger: SyncTrigger): Promise<number> {
    return countSync(this.#counters, trigger, async () => {
      this.#flushed = false;
      const fresh = new Snapshot();
      for await (const page of scanKeys(this.#link.data, this.#keys.glob)) {
        await this.#read(page, (reading) => fresh.add(reading));
        await this.#readDirty(fresh);
      }
      // Whatever changed before the scan ended has been announced once this is answered. A key that was
      // replaced under the scan may not have been in it.
      await this.#link.watch.ping();
      await this.#readDirty(fresh);
      return this.#mirror.swap(fresh);
    });
  }

  async #readDirty(fresh: Snapshot | null): Promise<void> {
    if (this.#flushed) return;
    const keys = [...this.#dirty];
    this.#dirty.clear();
    await this.#read(keys, (reading) => {
      fresh?.add(reading);
      this.#mirror.apply(reading);
    });
  }

  async #read(keys: readonly string[], take: (reading: Reading) => void): Promise<void> {
    for await (const sets of readSets(this.#link.data, keys)) {
      for (const set of sets) {
        const host = this.#keys.hostOf(set.key);
        if (host !== null) take(readingOfSet(host, set));
      }
    }
  }
}
