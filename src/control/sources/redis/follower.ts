import { setTimeout as pause } from 'node:timers/promises';
import { Latch } from '../../workers/latch.ts';
import type { Mirror } from '../routes/mirror.ts';
import type { Reading } from '../routes/reading.ts';
import { readingOfKey, type RedisKeys, type RouteKey } from '../redis-keys.ts';
import { ROUTE_PARTS, type RouteRecord } from '../routes/route-record.ts';
import type { RouteSet } from '../routes/route-set.ts';
import { countSync, type SourceCounters, type SyncTrigger, type WakerCall } from '../source.ts';
import { callWaker } from '../waker/call-waker.ts';
import { Expiries } from './expiries.ts';
import { refusalOf } from './connect.ts';
import type { RedisLink } from './link.ts';
import type { KeyCount } from './on-demand/key-count.ts';
import { AskedReading } from './on-demand/read-asked.ts';
import { readKeys, scanKeys } from './read-keys.ts';

/** More changed keys than this at once are found faster by reading everything. */
const MAX_DIRTY = 10_000;

/** Where changes are announced, routes that were read one by one are looked at again no more often. */
const LOOK_AGAIN_MS = 600_000;

/** A flush is looked into in less, as long as Redis answers. */
const SETTLE_MS = 1000;
/** Readings begun at most to have one that no flush came into. */
const MAX_READINGS = 5;

/** A key of an operator's that is not ours to read, is no text, or is on another node of the cluster. */
const UNREADABLE = ['NOPERM', 'WRONGTYPE', 'MOVED', 'ASK', 'CLUSTERDOWN'];

export interface FollowerParts {
  readonly link: RedisLink;
  readonly keys: RedisKeys;
  readonly mirror: Mirror;
  readonly counters: SourceCounters;
  readonly keyCount: KeyCount;
  /** Every change is announced. */
  readonly isTracked: () => boolean;
  /** There is something to `reread`. */
  readonly wake: () => void;
}

/**
 * Keeps a mirror equal to Redis, over one link. The owner calls `resync` and `reread`, one at a time.
 *
 * All reads are one sequence on one connection, so each is newer than the one before: a stale answer
 * can never overwrite a fresh one, and no bookkeeping of versions is needed.
 */
export class Follower implements Disposable {
  readonly #parts: FollowerParts;
  readonly #expiries: Expiries;
  readonly #asked = new Set<AskedReading>();
  /** For a table that may be told as a whole. */
  #isReadingAll = false;
  /** Looked through over this link, and since the last flush: whether many routes are gone is decided. */
  #settled = new Latch();
  #lookedAt = -Infinity;
  #dirty = new Set<string>();
  #flushed = false;

  constructor(parts: FollowerParts) {
    this.#parts = parts;
    this.#expiries = new Expiries((keys) => this.#mark(keys));
  }

  /** Everything has to be read again. */
  get flushed(): boolean {
    return this.#flushed;
  }

  /** Keys that changed, `null` for all: to be read when the owner next calls. */
  invalidate(names: readonly string[] | null): void {
    const { counters, keys, mirror } = this.#parts;
    if (names === null) {
      counters.invalidations++;
      if (this.#settled.isOpen) this.#settled = new Latch();
      for (const reading of this.#asked) reading.outdate(null);
      return this.#readAll();
    }
    if (mirror.held > 0 && names.includes(keys.acceptLoss)) this.#readAll();
    const ours = names.filter((name) => keys.parse(name) !== null);
    counters.invalidations += ours.length;
    this.#mark(ours);
  }

  /** Read the keys that changed. */
  async reread(): Promise<void> {
    if (this.#dirty.size === 0) return;
    await countSync(this.#parts.counters, 'invalidate', () => this.#readDirty(null));
    if (this.#parts.mirror.isTooMuch()) this.#parts.mirror.tooMany();
  }

  /**
   * Read these patterns now, beside whatever else is being read. What is announced after it resolves is
   * newer than what it resolves to. Rejects when the link is lost, or when routes that are gone are held,
   * or may come to be.
   */
  async read(patterns: readonly string[]): Promise<ReadonlyMap<string, RouteRecord>> {
    for (let readings = 1; ; readings++) {
      const { mirror } = this.#parts;
      if (mirror.isPartial && !this.#settled.isOpen) {
        await Promise.race([this.#settled.opened, pause(SETTLE_MS)]);
      }
      this.#requireWhole();
      const routes = await this.#readAsked(patterns);
      const isSure = !mirror.isPartial || this.#settled.isOpen;
      if (isSure || readings === MAX_READINGS) {
        this.#requireWhole();
        return routes;
      }
    }
  }

  async #readAsked(patterns: readonly string[]): Promise<ReadonlyMap<string, RouteRecord>> {
    const { link, keys, mirror } = this.#parts;
    const onTtl = (name: string, ttlMs: number | null) => this.#expiries.note(name, ttlMs);
    const reading = new AskedReading({ link, keys, onTtl });
    this.#asked.add(reading);
    try {
      const { routes, outdated } = await reading.read(patterns);
      // Whoever asked has taken it by then.
      if (outdated.length > 0) setImmediate(() => mirror.outdated(outdated));
      return routes;
    } finally {
      this.#asked.delete(reading);
    }
  }

  /** See `RouteSource.callWaker`. */
  callWaker(name: string): Promise<WakerCall> {
    const { link, keys } = this.#parts;
    return callWaker(link.data, keys, name);
  }

  /**
   * Read everything, keeping up with changes meanwhile; resolves to how many routes differed. Of too
   * many routes only that is told.
   */
  resync(trigger: SyncTrigger): Promise<number> {
    const { link, mirror, counters, keyCount } = this.#parts;
    return countSync(counters, trigger, async () => {
      this.#flushed = false;
      const isSmall = !mirror.isPartial || (await keyCount.isBelow(mirror.max, link.data));
      this.#isReadingAll = isSmall;
      try {
        const fresh = isSmall ? await this.#readWhole() : null;
        if (fresh !== null) {
          const accepted = await this.#lossAccepted();
          const difference = await mirror.compare(fresh);
          this.#settle();
          return mirror.swap(fresh, accepted, difference);
        }
      } finally {
        this.#isReadingAll = false;
      }
      this.#dirty.clear();
      this.#settle();
      if (this.#isDue(trigger)) mirror.tooMany();
      return 0;
    });
  }

  [Symbol.dispose](): void {
    this.#expiries.close();
  }

  // Of what is read one by one nobody could tell that it is a part of a great loss.
  #requireWhole(): void {
    const { mirror } = this.#parts;
    if (!mirror.isPartial) return;
    if (mirror.held > 0) throw new Error('routes that are gone are held');
    if (!this.#settled.isOpen) throw new Error('whether routes are gone is not known yet');
  }

  #settle(): void {
    if (!this.#flushed) this.#settled.open();
  }

  #isDue(trigger: SyncTrigger): boolean {
    const { mirror, isTracked } = this.#parts;
    const now = performance.now();
    const isEarly = trigger === 'periodic' && isTracked() && now - this.#lookedAt < LOOK_AGAIN_MS;
    if (isEarly && mirror.isPartial) return false;
    this.#lookedAt = now;
    return true;
  }

  // Of a table that was flushed under the scan a part is gone: too small a loss for whoever guards against
  // large ones. Whoever writes faster than can be read is not waited for without end.
  async #readWhole(): Promise<RouteSet | null> {
    for (let readings = 1; ; readings++) {
      this.#flushed = false;
      const fresh = await this.#readTable();
      if (fresh === null || !this.#flushed || readings === MAX_READINGS) return fresh;
    }
  }

  /** `null` when there are too many routes. */
  async #readTable(): Promise<RouteSet | null> {
    const { link, keys, mirror } = this.#parts;
    const fresh = mirror.newSet();
    const askTtl = await this.#someExpire();
    for await (const page of scanKeys(link.data, keys.glob)) {
      await this.#read(page, askTtl, (readings) => {
        for (const reading of readings) fresh.add(reading, mirror.at(reading.key));
      });
      await this.#readDirty(fresh);
      if (mirror.isTooMuch(fresh)) return null;
    }
    // Whatever changed before the scan ended has been announced once this is answered. A key that was
    // replaced under the scan may not have been in it.
    await link.barrier();
    await this.#readDirty(fresh);
    return fresh;
  }

  #readAll(): void {
    this.#flushed = true;
    this.#parts.wake();
  }

  #mark(names: readonly string[]): void {
    if (names.length === 0) return;
    const { keys, mirror } = this.#parts;
    const hosts = [...new Set(names.map((name) => keys.parse(name)!.host))];
    for (const reading of this.#asked) reading.outdate(hosts);
    mirror.outdated(hosts);
    if (mirror.isPartial && !this.#isReadingAll) return;
    for (const name of names) this.#dirty.add(name);
    if (this.#dirty.size > MAX_DIRTY) {
      this.#dirty.clear();
      this.#flushed = true;
    }
    this.#parts.wake();
  }

  async #readDirty(fresh: RouteSet | null): Promise<void> {
    if (this.#flushed) return;
    const names = this.#wholeRoutes();
    this.#dirty.clear();
    await this.#read(names, true, (readings) => {
      for (const reading of readings) fresh?.add(reading);
      this.#parts.mirror.apply(...readings);
    });
  }

  // With their other parts, which Redis reads in the same breath: of a backend that moves from one set to
  // another, whoever read only the first before the move was announced would find it in neither.
  #wholeRoutes(): string[] {
    const { keys } = this.#parts;
    const hosts = new Set([...this.#dirty].map((name) => keys.parse(name)!.host));
    return [...hosts].flatMap((host) => ROUTE_PARTS.map((part) => keys.nameOf({ host, part })));
  }

  async #read(
    names: readonly string[],
    askTtl: boolean,
    take: (readings: readonly Reading[]) => void,
  ): Promise<void> {
    const { link, keys } = this.#parts;
    const ours: (RouteKey & { name: string })[] = [];
    for (const name of names) {
      const key = keys.parse(name);
      if (key !== null) ours.push({ host: key.host, part: key.part, name });
    }
    for await (const batch of readKeys(link.data, ours, askTtl, link.sharded)) {
      if (askTtl) for (const [{ name }, { ttlMs }] of batch) this.#expiries.note(name, ttlMs);
      take(batch.map(([key, read]) => readingOfKey(key, read)));
    }
  }

  // Whoever may not read it cannot be told by it.
  async #lossAccepted(): Promise<boolean> {
    const { link, keys } = this.#parts;
    try {
      return (await link.data.get(keys.acceptLoss)) === 'yes';
    } catch (error) {
      if (refusalOf(error, ...UNREADABLE) === null) throw error;
      return false;
    }
  }

  // Asked once, it saves asking a million keys. Whoever may not ask it asks them.
  async #someExpire(): Promise<boolean> {
    try {
      return /expires=[1-9]/.test(await this.#parts.link.data.info('keyspace'));
    } catch (error) {
      if (refusalOf(error, 'NOPERM', 'ERR') === null) throw error;
      return true;
    }
  }
}
