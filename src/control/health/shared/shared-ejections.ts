import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisAddress, SentinelPlace } from '../../../config/redis/place.ts';
import { Backoff } from '../../sources/redis/backoff.ts';
import { trackChanges } from '../../sources/redis/changes/tracking.ts';
import { openLink, type RedisLink } from '../../sources/redis/link.ts';
import { redisProblem } from '../../sources/redis/problem.ts';
import type { SourceLog } from '../../sources/source.ts';
import { Wake } from '../../sources/wake.ts';
import {
  ejectedKey,
  patternOfKey,
  readEjections,
  Refused,
  trimEjections,
  writeEjection,
  type ToldEjection,
} from './ejection-record.ts';

export interface SharedEjectionsOptions {
  readonly place: RedisAddress | SentinelPlace;
  /** What every key of the routes starts with. */
  readonly watched: string;
  readonly log: SourceLog;
  /** Patterns of routes in use; others are not read of. */
  readonly isInUse: (pattern: string) => boolean;
  readonly patterns: () => Iterable<string>;
  readonly hear: (pattern: string, told: readonly ToldEjection[]) => void;
}

/** Not told or read yet: beyond it the newest is left out, as it is a hint and no more. */
const MAX_WAITING = 10_000;
const MAX_BATCH = 256;
/** The routes in use are gone through so many a second, for what nobody announced. */
const SWEEP_MS = 1000;
const SWEEP_BATCH = 100;
const REFUSED_MS = 60_000;

interface Telling extends ToldEjection {
  readonly pattern: string;
}

/**
 * Tells other edges through Redis which backends this one has ejected, and hears what they tell:
 * `hostnames:<pattern>:ejected`, a ZSET of backends by when their ejection is over. It has a link of its
 * own, and whatever becomes of it the edge goes on alone.
 */
export class SharedEjections {
  readonly #options: SharedEjectionsOptions;
  readonly #closing = new AbortController();
  readonly #wake = new Wake();
  readonly #backoff = new Backoff();
  readonly #telling = new Map<string, Telling>();
  readonly #announced = new Set<string>();
  #sweep: Iterator<string> | null = null;
  #sweptAt = 0;
  #said: string | null = null;
  #refusedAt = -Infinity;
  #running: Promise<void> | null = null;
  /** Ejections written so far. */
  told = 0;

  constructor(options: SharedEjectionsOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** To be written as soon as there is a link. */
  tell(pattern: string, ejection: ToldEjection): void {
    if (this.#telling.size >= MAX_WAITING) return;
    this.#telling.set(`${pattern} ${ejection.backend}`, { pattern, ...ejection });
    this.#wake.call();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#wake.call();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await this.#follow().catch((error: unknown) => {
        if (!signal.aborted) this.#complain(redisProblem(error));
      });
      await sleep(this.#backoff.next(), undefined, { signal }).catch(() => {});
    }
  }

  /** Rejects with what ended the link. */
  async #follow(): Promise<void> {
    const { place, watched } = this.#options;
    const { signal } = this.#closing;
    await using link = await openLink(place, signal, () => this.#wake.call());
    // Where it is refused, the sweep finds what there is.
    await trackChanges(link.watch, watched, (keys) => this.#changed(keys));
    this.#refusedAt = -Infinity;
    while (!signal.aborted && link.failure === null) {
      await this.#work(link).catch((error: unknown) => {
        if (!(error instanceof Refused)) throw error;
        this.#refusedAt = performance.now();
        this.#complain(error.message);
      });
      this.#backoff.reset();
      await this.#wake.wait(Math.max(0, this.#sweptAt + SWEEP_MS - performance.now()));
    }
    if (link.failure !== null && !signal.aborted) throw link.failure;
  }

  // Who may not write now may be allowed to later, or is a replica that becomes the master.
  get #mayWrite(): boolean {
    return performance.now() - this.#refusedAt > REFUSED_MS;
  }

  async #work(link: RedisLink): Promise<void> {
    await this.#write(link);
    const patterns = [...this.#announced].slice(0, MAX_BATCH);
    for (const pattern of patterns) this.#announced.delete(pattern);
    if (performance.now() - this.#sweptAt >= SWEEP_MS) patterns.push(...this.#nextSwept());
    await this.#read(link, patterns);
    if (this.#announced.size > 0) this.#wake.call();
  }

  async #write({ data }: RedisLink): Promise<void> {
    const batch = [...this.#telling.entries()].slice(0, MAX_BATCH);
    for (const [key, { pattern, ...told }] of batch) {
      this.#telling.delete(key);
      if (!this.#mayWrite) continue;
      await writeEjection(data, ejectedKey(this.#options.watched, pattern), told);
      this.told++;
    }
    if (this.#telling.size > 0) this.#wake.call();
  }

  async #read({ data }: RedisLink, patterns: readonly string[]): Promise<void> {
    if (patterns.length === 0) return;
    const { watched, hear } = this.#options;
    const keys = patterns.map((pattern) => ejectedKey(watched, pattern));
    const found = await readEjections(data, keys, Date.now());
    for (const [key, told] of found) hear(patternOfKey(watched, key)!, told);
    // A key that nobody reads goes by itself.
    if (found.size > 0 && this.#mayWrite) await trimEjections(data, found.keys(), Date.now());
  }

  #changed(keys: readonly string[] | null): void {
    for (const key of keys ?? []) {
      const pattern = patternOfKey(this.#options.watched, key);
      if (pattern === null || this.#announced.size >= MAX_WAITING) continue;
      if (this.#options.isInUse(pattern)) this.#announced.add(pattern);
    }
    if (this.#announced.size > 0) this.#wake.call();
  }

  #nextSwept(): readonly string[] {
    this.#sweptAt = performance.now();
    this.#sweep ??= this.#options.patterns()[Symbol.iterator]();
    const batch: string[] = [];
    while (batch.length < SWEEP_BATCH) {
      const next = this.#sweep.next();
      if (next.done === true) {
        this.#sweep = null;
        break;
      }
      batch.push(next.value);
    }
    return batch;
  }

  // Each trouble once: the edge does without.
  #complain(problem: string): void {
    if (this.#said === problem) return;
    this.#said = problem;
    const fields = { redis: this.#options.place.shown, problem };
    this.#options.log.warn(fields, 'ejections are not shared: this edge goes on alone');
  }
}
