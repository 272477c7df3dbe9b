import { setTimeout as sleep } from 'node:timers/promises';
import { Latch } from '../../workers/latch.ts';
import type { RouteRecord } from '../routes/route-record.ts';
import { RouteSet } from '../routes/route-set.ts';
import type { EarlierRoutes, RouteSource, SourceLog } from '../source.ts';
import { SnapshotUnusable } from './header.ts';
import { openSnapshot, type SnapshotFile } from './snapshot-file.ts';

/** A source that is not connected yet gets so long before older routes are taken instead. */
const PATIENCE_MS = 1000;
const LOOK_MS = 20;

export interface StandInOptions {
  readonly path: string;
  readonly prefix: string;
  readonly database: number;
  /** A file of more is not used. */
  readonly maxRoutes: number;
  readonly log: SourceLog;
  readonly patienceMs?: number;
  /** The whole of it is loaded, and wanted: take it now. */
  readonly adopt: (earlier: EarlierRoutes) => void;
  /** There is a file that may be used. */
  readonly onFound: (asOf: number) => void;
}

/** Gives the routes of a snapshot for as long as its source has not told any. */
export class StandIn {
  readonly #options: StandInOptions;
  readonly #source: RouteSource;
  #file: SnapshotFile | null = null;
  #problem: string | null = null;
  #opened: Promise<void> | null = null;
  #running: Promise<void> | null = null;
  readonly #loaded = new Latch();
  #earlier: EarlierRoutes | null = null;
  #closing = false;
  #over = false;

  constructor(source: RouteSource, options: StandInOptions) {
    this.#source = source;
    this.#options = options;
  }

  /** Why there is a file and it is not used. */
  get problem(): string | null {
    return this.#problem;
  }

  /** It may still give routes. */
  get loading(): boolean {
    return this.#isWanted && this.#running !== null && !this.#over;
  }

  /** All there is in the file, once it is loaded; `null` when there is nothing. */
  get loaded(): Promise<EarlierRoutes | null> {
    return this.#loaded.opened.then(() => this.#earlier);
  }

  start(): void {
    this.#opened ??= this.#open();
    this.#running ??= this.#run().finally(() => {
      this.#over = true;
      this.#loaded.open();
    });
  }

  /** The routes of these patterns, from the file. Rejects when it is not there, or no longer needed. */
  async find(patterns: readonly string[]): Promise<ReadonlyMap<string, RouteRecord>> {
    await this.#opened;
    const found = new Map<string, RouteRecord>();
    try {
      for (const pattern of patterns) {
        if (this.#file === null) throw new SnapshotUnusable('is not open');
        const record = await this.#file.find(pattern);
        if (record !== null) found.set(pattern, record);
      }
      return found;
    } catch (error) {
      // One that was closed meanwhile is not wanted any more.
      if (this.#file !== null) this.#refuse(error);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#running;
  }

  get #isWanted(): boolean {
    return !this.#closing && this.#problem === null && !this.#source.status.ready;
  }

  async #open(): Promise<void> {
    const { path, prefix, database, onFound } = this.#options;
    try {
      this.#file = await openSnapshot(path, { from: this.#source.status.from, database, prefix });
      if (this.#file !== null) onFound(this.#file.asOf);
    } catch (error) {
      this.#refuse(error);
    }
  }

  async #run(): Promise<void> {
    const began = performance.now();
    await this.#opened;
    const file = this.#file;
    if (file === null) return;
    try {
      const earlier = { routes: await this.#load(file), asOf: file.asOf };
      if (this.#isWanted) this.#earlier = earlier;
      this.#loaded.open();
      await this.#wait(began);
      if (this.#isWanted) this.#adopt(earlier);
    } catch (error) {
      this.#refuse(error);
    } finally {
      // Perhaps a million routes that nobody may want any more.
      this.#earlier = null;
      this.#file = null;
      await file[Symbol.asyncDispose]();
    }
  }

  async #load(file: SnapshotFile): Promise<RouteSet> {
    const { maxRoutes } = this.#options;
    const routes = new RouteSet(maxRoutes);
    for await (const slice of file.load()) {
      if (!this.#isWanted) break;
      for (const [key, record] of slice) {
        routes.add({ key, part: null, values: record, problems: [] }, record);
      }
      if (routes.isOverfull) throw new SnapshotUnusable(`holds more than ${maxRoutes} routes`);
    }
    return routes;
  }

  // While it is connected each name is read there: what is older would only hide what was added since.
  async #wait(began: number): Promise<void> {
    const { patienceMs = PATIENCE_MS } = this.#options;
    while (this.#isWanted) {
      const { staleSince, connected } = this.#source.status;
      const isPatient = connected || performance.now() - began < patienceMs;
      if (staleSince !== null || !isPatient) return;
      await sleep(LOOK_MS);
    }
  }

  #adopt(earlier: EarlierRoutes): void {
    const { path, log, adopt } = this.#options;
    const { routes, asOf } = earlier;
    const fields = { file: path, routes: routes.routes.size, asOf: new Date(asOf).toISOString() };
    log.info(fields, 'routes are from the snapshot until their source has been read');
    adopt(earlier);
  }

  #refuse(error: unknown): void {
    const problem = error instanceof Error ? error.message : String(error);
    if (this.#problem !== null) return;
    const { path, log } = this.#options;
    this.#problem = `${path} ${problem}`;
    log.warn({ file: path, problem }, 'the snapshot of the routes is not used');
  }
}
