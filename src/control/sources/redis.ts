import { setImmediate as nextTick, setTimeout as sleep } from 'node:timers/promises';
import { inTime } from './loss/earlier.ts';
import { LossAlarm } from './loss/loss-alarm.ts';
import { LossGuard, type LossLimits } from './loss/loss-guard.ts';
import { Mirror } from './routes/mirror.ts';
import { redisKeys, type RedisKeys } from './redis-keys.ts';
import { Announcements } from './redis/changes/announcements.ts';
import { redisDatabase, type RedisAddress, type SentinelPlace } from './redis/address.ts';
import { Backoff } from './redis/backoff.ts';
import { Follower } from './redis/follower.ts';
import { KeyCount } from './redis/on-demand/key-count.ts';
import { openLink, type RedisLink } from './redis/link.ts';
import { Outage } from './redis/outage.ts';
import { redisProblem } from './redis/problem.ts';
import type { RouteRecord } from './routes/route-record.ts';
import { zeroCounters, type RouteSink, type RouteSource } from './source.ts';
import type { EarlierRoutes, SourceLog, SourceStatus, WakerCall } from './source.ts';
import { Wake } from './wake.ts';

/** The net under the announcements: what they missed for whatever reason lasts no longer. */
const RECONCILE_MS = 60_000;
/** The same under keyspace notifications, which a flush does not make. */
const KEYSPACE_LOOK_MS = 10_000;
/** How often everything is read where Redis refuses to announce changes. */
const POLL_MS = 1000;
// Edges that were started together should not scan together.
const JITTER = 0.1;
// Reading a very large table must not become all that the main thread does.
const PAUSE_PER_READ = 4;
// A link lost sooner counts as a failed try, or one that breaks at once would be opened 20 times a second.
const STABLE_MS = 5000;

export interface RedisSourceOptions {
  readonly address: RedisAddress | SentinelPlace;
  /** What stands in front of every key. */
  readonly prefix: string;
  readonly log: SourceLog;
  /** When the loss of many routes at once is held; never by default. */
  readonly loss?: LossLimits;
  /** More routes than this are not told: they are read as they are asked for. By default none are too many. */
  readonly maxRoutes?: number;
  readonly reconcileMs?: number;
  readonly pollMs?: number;
}

/** Routes from Redis, kept current as DESIGN.md section 6 has it. While Redis is away they stay as they are. */
export class RedisSource implements RouteSource {
  readonly #options: RedisSourceOptions;
  readonly #keys: RedisKeys;
  readonly #reconcileMs: number;
  readonly #pollMs: number;
  readonly #closing = new AbortController();
  readonly #backoff = new Backoff();
  readonly #counters = zeroCounters();
  readonly #outage: Outage;
  readonly #announcements: Announcements;
  readonly #wake = new Wake();
  readonly #guard: LossGuard;
  readonly #alarm: LossAlarm;
  readonly #keyCount: KeyCount;
  #mirror: Mirror | null = null;
  #follower: Follower | null = null;
  #earlier: Promise<EarlierRoutes | null> | null = null;
  #running: Promise<void> | null = null;
  #problem: string | null = 'not connected yet';
  #connected = false;
  #lastSyncAt: number | null = null;

  constructor(options: RedisSourceOptions) {
    this.#options = options;
    this.#keys = redisKeys(options.prefix);
    this.#keyCount = new KeyCount(this.#keys);
    this.#reconcileMs = options.reconcileMs ?? RECONCILE_MS;
    this.#pollMs = options.pollMs ?? POLL_MS;
    this.#outage = new Outage(options.log, options.address.shown);
    this.#guard = new LossGuard(options.loss ?? { share: null, forMs: 0 });
    this.#alarm = new LossAlarm(options.log, options.address, this.#keys.acceptLoss);
    this.#announcements = new Announcements({
      watched: {
        database: redisDatabase(options.address),
        prefix: this.#keys.watched,
        glob: this.#keys.glob,
      },
      log: options.log,
      redis: options.address.shown,
      pollMs: this.#pollMs,
    });
  }

  get status(): SourceStatus {
    return {
      kind: 'redis',
      from: this.#options.address.shown,
      ready: this.#mirror?.ready ?? false,
      connected: this.#connected,
      tracking: this.#announcements.mode,
      problem: this.#problem ?? this.#announcements.problem,
      routes: this.#mirror?.routes ?? 0,
      badKeys: this.#mirror?.badKeys ?? 0,
      lastSyncAt: this.#lastSyncAt,
      staleSince: this.#outage.since,
      snapshotAt: this.#mirror?.snapshotAt ?? null,
      lossHeld: this.#guard.held,
      snapshot: null,
      counters: structuredClone(this.#counters),
    };
  }

  get routes(): ReadonlyMap<string, RouteRecord> {
    return this.#mirror?.table ?? new Map();
  }

  adopt(earlier: EarlierRoutes): void {
    this.#mirror?.adopt(earlier, 'told');
  }

  start(sink: RouteSink, earlier?: Promise<EarlierRoutes | null>): void {
    this.#earlier = earlier ?? null;
    this.#mirror ??= new Mirror(sink, this.#guard, this.#options.maxRoutes ?? null);
    this.#running ??= this.#run(this.#mirror);
  }

  async read(patterns: readonly string[]): Promise<ReadonlyMap<string, RouteRecord>> {
    if (this.#follower === null) throw new Error('there is no connection to Redis');
    return this.#follower.read(patterns);
  }

  async callWaker(name: string): Promise<WakerCall> {
    if (this.#follower === null) throw new Error('there is no connection to Redis');
    return this.#follower.callWaker(name);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #run(mirror: Mirror): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const began = performance.now();
      const cause = await this.#follow(mirror).catch((error: unknown) => error);
      if (signal.aborted) return;
      this.#lost(cause, mirror);
      if (performance.now() - began > STABLE_MS) this.#backoff.reset();
      await sleep(this.#backoff.next(), undefined, { signal }).catch(() => {});
    }
  }

  /** Open a link, read everything, keep up for as long as the link lasts. Rejects with what ended it. */
  async #follow(mirror: Mirror): Promise<never> {
    const { signal } = this.#closing;
    await using link = await openLink(this.#options.address, signal, () => this.#wake.call());
    const abandon = () => link.fail(new Error('closed'));
    signal.addEventListener('abort', abandon);
    try {
      this.#connected = true;
      using follower = this.#createFollower(link, mirror);
      await this.#announcements.arm(link, (keys) => follower.invalidate(keys));
      // Not before: what is read on demand is forgotten when it is announced to have changed.
      this.#follower = follower;
      mirror.connected();
      await this.#compareWithEarlier(mirror);
      await follower.resync('connect');
      this.#found(mirror);
      this.#tellLoss();
      return await this.#keepUp(link, follower);
    } catch (error) {
      throw link.failure ?? error;
    } finally {
      signal.removeEventListener('abort', abandon);
      this.#follower = null;
    }
  }

  #createFollower(link: RedisLink, mirror: Mirror): Follower {
    const [keys, counters, keyCount] = [this.#keys, this.#counters, this.#keyCount];
    const wake = () => this.#wake.call();
    const isTracked = () => this.#announcements.mode === 'tracking';
    return new Follower({ link, keys, mirror, counters, keyCount, isTracked, wake });
  }

  async #compareWithEarlier(mirror: Mirror): Promise<void> {
    const asked = this.#earlier;
    if (asked === null) return;
    // Once: they may be many, and are not kept for nothing.
    this.#earlier = null;
    const earlier = await inTime(asked, this.#options.log, this.#closing.signal);
    if (earlier !== null) mirror.adopt(earlier, 'compared');
  }

  async #keepUp(link: RedisLink, follower: Follower): Promise<never> {
    const mode = () => this.#announcements.mode;
    let due = this.#nextLook(0);
    for (;;) {
      // What is held is believed when it is still so by then.
      due = Math.min(due, this.#guard.until ?? Infinity);
      await this.#wake.wait(Math.max(0, due - performance.now()));
      // What is announced together is read together.
      await nextTick();
      if (link.failure !== null) throw link.failure;
      if (follower.flushed) await this.#resynced(follower.resync('flush'));
      else await follower.reread();
      if (performance.now() < due) continue;
      if (mode() !== 'tracking' && due > this.#announcements.askedAt + this.#reconcileMs) {
        await this.#announcements.rearm(link, (keys) => follower.invalidate(keys));
      }
      const began = performance.now();
      const fixes = await this.#resynced(follower.resync('periodic'));
      if (mode() !== 'polling') this.#counters.reconcileFixes += fixes;
      due = this.#nextLook(performance.now() - began);
    }
  }

  async #resynced(resync: Promise<number>): Promise<number> {
    const changed = await resync;
    this.#lastSyncAt = Date.now();
    this.#tellLoss();
    return changed;
  }

  #tellLoss(): void {
    const loss = { held: this.#guard.held, routes: this.#mirror?.routes ?? 0 };
    this.#alarm.tell(loss, performance.now());
  }

  #nextLook(tookMs: number): number {
    const periods = {
      tracking: this.#reconcileMs,
      keyspace: Math.min(this.#reconcileMs, KEYSPACE_LOOK_MS),
      polling: this.#pollMs,
    };
    const period = periods[this.#announcements.mode ?? 'polling'];
    const pause = Math.max(period, PAUSE_PER_READ * tookMs);
    return performance.now() + pause * (1 + JITTER * (2 * Math.random() - 1));
  }

  #found(mirror: Mirror): void {
    if (this.#lastSyncAt !== null) this.#counters.reconnects++;
    this.#lastSyncAt = Date.now();
    this.#problem = null;
    this.#outage.ended(mirror.routes);
  }

  #lost(cause: unknown, mirror: Mirror): void {
    const { address } = this.#options;
    const problem = redisProblem(cause);
    this.#connected = false;
    this.#guard.interrupt(performance.now());
    this.#problem = `${address.shown}: ${problem}`;
    this.#outage.lost(problem, mirror.routes);
  }
}
