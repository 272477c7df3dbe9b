import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RouteSource, SnapshotStatus, SourceLog } from '../source.ts';
import { confirmSnapshot, writeSnapshot } from './write.ts';

/** Changes are on the disk after so long, and a disk is not worn out by a busy table. */
const WRITE_MS = 60_000;
const LOOK_MS = 1000;

export interface KeeperOptions {
  readonly path: string;
  readonly prefix: string;
  readonly database: number;
  readonly log: SourceLog;
  readonly writeMs?: number;
}

/** Keeps the file like the routes of a source: written after changes, else noted to be still current. */
export class SnapshotKeeper {
  readonly #options: KeeperOptions;
  readonly #source: RouteSource;
  readonly #closing = new AbortController();
  readonly #writes = { ok: 0, error: 0 };
  /** The routes are not all here: there is to be no file, which nobody could keep like them. */
  suspended = false;
  #asOf: number | null = null;
  #dirty = false;
  #triedAt = -Infinity;
  #problem: string | null = null;
  #running: Promise<void> | null = null;

  constructor(source: RouteSource, options: KeeperOptions) {
    this.#source = source;
    this.#options = options;
  }

  get status(): Omit<SnapshotStatus, 'loading'> {
    return { asOf: this.#asOf, problem: this.#problem, writes: { ...this.#writes } };
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** The routes are no longer what the file says. */
  changed(): void {
    this.#dirty = true;
  }

  /** There is a file, and it says what was current then. */
  found(asOf: number): void {
    this.#asOf ??= asOf;
  }

  /** Write a last time. The source changes nothing any more. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
    await this.#save();
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    const { writeMs = WRITE_MS } = this.#options;
    while (!signal.aborted) {
      await sleep(Math.min(LOOK_MS, writeMs), undefined, { signal, ref: false }).catch(() => {});
      if (!signal.aborted && performance.now() - this.#triedAt >= writeMs) await this.#save();
    }
  }

  async #save(): Promise<void> {
    if (this.suspended) return this.#remove();
    const asOf = this.#currentAt();
    if (asOf === null || !(this.#dirty || asOf > (this.#asOf ?? Infinity))) return;
    this.#triedAt = performance.now();
    const isNews = this.#dirty;
    this.#dirty = false;
    try {
      await (isNews ? this.#write(asOf) : confirmSnapshot(this.#options.path, asOf));
      this.#asOf = asOf;
      this.#wrote();
    } catch (error) {
      this.#failed(error instanceof Error ? error.message : String(error));
    }
  }

  async #remove(): Promise<void> {
    if (this.#asOf === null) return;
    this.#triedAt = performance.now();
    try {
      await rm(this.#options.path, { force: true });
      this.#asOf = null;
      this.#dirty = true;
    } catch (error) {
      this.#failed(error instanceof Error ? error.message : String(error));
    }
  }

  /** When the source's routes were last current; `null` when they are the file's own, or held against the source. */
  #currentAt(): number | null {
    const { ready, snapshotAt, lossHeld, staleSince } = this.#source.status;
    if (!ready || snapshotAt !== null || lossHeld > 0) return null;
    return staleSince ?? Date.now();
  }

  async #write(asOf: number): Promise<void> {
    const { path, prefix, database } = this.#options;
    const { status, routes = [] } = this.#source;
    await writeSnapshot(path, { from: status.from, database, prefix, asOf, routes });
  }

  #wrote(): void {
    this.#writes.ok++;
    if (this.#problem === null) return;
    this.#problem = null;
    this.#options.log.info(
      { file: this.#options.path },
      'the snapshot of the routes is written again',
    );
  }

  #failed(problem: string): void {
    this.#writes.error++;
    // Gone or damaged: it has to be written anew, not to be noted.
    this.#dirty = true;
    if (this.#problem === problem) return;
    this.#problem = problem;
    const fields = { file: this.#options.path, problem };
    this.#options.log.warn(fields, 'the snapshot of the routes cannot be written');
  }
}
