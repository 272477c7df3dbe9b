import { setImmediate as nextTick, setTimeout as sleep } from 'node:timers/promises';
import { Mirror } from './mirror.ts';
import { redisKeys, type RedisKeys } from './redis-keys.ts';
import { redisLogin, type RedisAddress } from './redis/address.ts';
import { Backoff } from './redis/backoff.ts';
import { Follower } from './redis/follower.ts';
import { openLink, type RedisLink } from './redis/link.ts';
import { Outage } from './redis/outage.ts';
import { redisProblem } from './redis/problem.ts';
import { trackChanges } from './redis/tracking.ts';
import { zeroCounters, type RouteSink, type RouteSource } from './source.ts';
import type { SourceLog, SourceStatus } from './source.ts';
import { Wake } from './wake.ts';

/** The net under the announcements: what they missed for whatever reason lasts no longer. */
const RECONCILE_MS = 60_000;
/** How often everything is read where Redis refuses to announce changes. */
const POLL_MS = 1000;
// Edges that were started together should not scan together.
const JITTER = 0.1;
// Reading a very large table must not become all that the main thread does.
const PAUSE_PER_READ = 4;
// A link lost sooner counts as a failed try, or one that breaks at once would be opened 20 times a second.
const STABLE_MS = 5000;

export interface RedisSourceOptions {
  readonly address: RedisAddress;
  /** What stands in front of every key. */
  readonly prefix: string;
  readonly log: SourceLog;
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
  readonly #wake = new Wake();
  #mirror: Mirror | null = null;
  #running: Promise<void> | null = null;
  #problem: string | null = 'not connected yet';
  #connected = false;
  #lastSyncAt: number | null = null;
  /** Why Redis does not announce changes, or `null` when it does. */
  #refusal: string | null = null;
  #askedAt = 0;

  constructor(options: RedisSourceOptions) {
    this.#options = options;
    this.#keys = redisKeys(options.prefix);
    this.#reconcileMs = options.reconcileMs ?? RECONCILE_MS;
    this.#pollMs = options.pollMs ?? POLL_MS;
    this.#outage = new Outage(options.log, options.address.shown);
  }

  get status(): SourceStatus {
    return {
      kind: 'redis',
      from: this.#options.address.shown,
      ready: this.#mirror?.ready ?? false,
      connected: this.#connected,
      problem: this.#problem ?? this.#pollingProblem(),
      routes: this.#mirror?.routes ?? 0,
      badKeys: this.#mirror?.badKeys ?? 0,
      lastSyncAt: this.#lastSyncAt,
      staleSince: this.#outage.since,
      counters: structuredClone(this.#counters),
    };
  }

  start(sink: RouteSink): void {
    this.#mirror ??= new Mirror(sink);
    this.#running ??= this.#run(this.#mirror);
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
      const follower = new Follower(link, this.#keys, mirror, this.#counters);
      await this.#track(link, follower);
      await follower.resync('connect');
      this.#found(mirror);
      return await this.#keepUp(link, follower);
    } catch (error) {
      throw link.failure ?? error;
    } finally {
      signal.removeEventListener('abort', abandon);
    }
  }

  async #track(link: RedisLink, follower: Follower): Promise<void> {
    const words = await trackChanges(link.watch, this.#keys.watched, (keys) => {
      follower.invalidate(keys);
      this.#wake.call();
    });
    if (words !== this.#refusal) this.#logTracking(words);
    this.#refusal = words;
    this.#askedAt = performance.now();
  }

  #logTracking(refusal: string | null): void {
    const { log, address } = this.#options;
    const fields = { redis: address.shown, refusal, pollMs: this.#pollMs };
    if (refusal !== null)
      log.warn(fields, 'Redis does not announce changes: all is read over and over');
    else log.info({ redis: address.shown }, 'Redis announces changes again');
  }

  async #keepUp(link: RedisLink, follower: Follower): Promise<never> {
    let due = this.#nextLook(0);
    for (;;) {
      await this.#wake.wait(Math.max(0, due - performance.now()));
      // What is announced together is read together.
      await nextTick();
      if (link.failure !== null) throw link.failure;
      if (follower.flushed) await this.#resynced(follower.resync('flush'));
      else await follower.reread();
      if (performance.now() < due) continue;
      if (this.#refusal !== null && due > this.#askedAt + this.#reconcileMs) {
        await this.#track(link, follower);
      }
      const began = performance.now();
      const fixes = await this.#resynced(follower.resync('periodic'));
      if (this.#refusal === null) this.#counters.reconcileFixes += fixes;
      due = this.#nextLook(performance.now() - began);
    }
  }

  #pollingProblem(): string | null {
    if (this.#refusal === null) return null;
    return `changes are not announced, all is read every ${this.#pollMs} ms: ${this.#refusal}`;
  }

  async #resynced(resync: Promise<number>): Promise<number> {
    const changed = await resync;
    this.#lastSyncAt = Date.now();
    return changed;
  }

  #nextLook(tookMs: number): number {
    const period = this.#refusal === null ? this.#reconcileMs : this.#pollMs;
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
    const problem = redisProblem(cause, redisLogin(address).password);
    this.#connected = false;
    this.#problem = `${address.shown}: ${problem}`;
    this.#outage.lost(problem, mirror.routes);
  }
}
