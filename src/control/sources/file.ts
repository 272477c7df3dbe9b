import { setTimeout as sleep } from 'node:timers/promises';
import { formatComplaint } from '../../config/config-error.ts';
import { FileWatch } from './file/file-watch.ts';
import { readRoutesFile } from './file/read-routes.ts';
import { Mirror } from './routes/mirror.ts';
import { countSync, zeroCounters, type RouteSink, type RouteSource } from './source.ts';
import type { SourceLog, SourceStatus, SyncTrigger } from './source.ts';
import { Wake } from './wake.ts';

/** The net under the watch, which sees nothing on some network file systems. */
const POLL_MS = 2000;
// Whoever writes the file may need more than one write for it.
const SETTLE_MS = 50;

export interface FileSourceOptions {
  /** A file of routes: YAML by the names `.yaml` and `.yml`, else JSON. */
  readonly path: string;
  readonly log: SourceLog;
  readonly pollMs?: number;
}

/** Routes from a file, read again whenever it changes. While it is broken or gone they stay as they are. */
export class FileSource implements RouteSource {
  readonly #options: FileSourceOptions;
  readonly #closing = new AbortController();
  readonly #counters = zeroCounters();
  readonly #wake = new Wake();
  #mirror: Mirror | null = null;
  #running: Promise<void> | null = null;
  #problem: string | null = 'not read yet';
  #lastSyncAt: number | null = null;
  #staleSince: number | null = null;

  constructor(options: FileSourceOptions) {
    this.#options = options;
  }

  get status(): SourceStatus {
    return {
      kind: 'file',
      from: this.#options.path,
      ready: this.#mirror?.ready ?? false,
      connected: this.#problem === null,
      tracking: null,
      problem: this.#problem,
      routes: this.#mirror?.routes ?? 0,
      badKeys: this.#mirror?.badKeys ?? 0,
      lastSyncAt: this.#lastSyncAt,
      staleSince: this.#staleSince,
      snapshotAt: null,
      lossHeld: 0,
      snapshot: null,
      counters: structuredClone(this.#counters),
    };
  }

  start(sink: RouteSink): void {
    this.#mirror ??= new Mirror(sink);
    this.#running ??= this.#run(this.#mirror);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#wake.call();
    await this.#running;
  }

  async #run(mirror: Mirror): Promise<void> {
    const { path, pollMs = POLL_MS } = this.#options;
    const { signal } = this.#closing;
    using file = new FileWatch(path, () => this.#wake.call());
    for (let trigger: SyncTrigger = 'connect'; !signal.aborted;) {
      file.watch();
      if (await file.hasChanged()) await this.#read(mirror, trigger);
      // Looked at and found as it was is as good as read.
      else if (this.#problem === null) this.#lastSyncAt = Date.now();
      const noticed = await this.#wake.wait(pollMs);
      trigger = noticed ? 'invalidate' : 'periodic';
      if (noticed) await sleep(SETTLE_MS, undefined, { signal }).catch(() => {});
    }
  }

  async #read(mirror: Mirror, trigger: SyncTrigger): Promise<void> {
    try {
      await countSync(this.#counters, trigger, () => this.#take(mirror, trigger));
    } catch (error) {
      this.#broke(error instanceof Error ? error.message : String(error), mirror.routes);
    }
  }

  /** Rejects with what is wrong with the file as a whole, in words. */
  async #take(mirror: Mirror, trigger: SyncTrigger): Promise<void> {
    const { routeSet, complaints, broken } = await readRoutesFile(this.#options.path);
    if (broken) throw new Error(complaints.map(formatComplaint).join('; '));
    if (this.#closing.signal.aborted) return;
    if (trigger === 'invalidate') this.#counters.invalidations++;
    const changed = mirror.swap(routeSet);
    if (trigger === 'periodic') this.#counters.reconcileFixes += changed;
    this.#lastSyncAt = Date.now();
    if (changed > 0 || this.#problem !== null) {
      const fields = { file: this.#options.path, routes: mirror.routes, changed };
      this.#options.log.info(fields, 'routes read from the file');
    }
    this.#problem = null;
    this.#staleSince = null;
  }

  #broke(problem: string, routes: number): void {
    this.#staleSince ??= Date.now();
    if (this.#problem === problem) return;
    this.#problem = problem;
    const fields = { file: this.#options.path, problem, routes };
    this.#options.log.error(
      fields,
      'the routes file cannot be used: the routes read before stay in use',
    );
  }
}
