import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { IpEndpoint } from '../../address.ts';
import type { Termination } from '../../termination.ts';
import { Latch } from './latch.ts';
import type { FromWorker, ToWorker, WorkerStart } from '../../worker/messages.ts';

const RESTART_FIRST_MS = 100;
const RESTART_MAX_MS = 10_000;
// A worker that has lived so long starts again with the shortest wait.
const STABLE_MS = 60_000;
// V8's default lets a worker gather 48 MB of garbage before it looks, and keeps the room for good: many
// times what its sessions need. At 8 a short connection costs the same.
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 8 };
// A worker has one core: V8's helper threads would clean its young garbage up on those of the others, at
// five times the CPU time that the worker itself needs (0.5 ms instead of 2.5 every 500 connections).
setFlagsFromString('--no-parallel-scavenge');

/** A listener could not be opened. `code` is the errno name. */
export class ListenFailed extends Error {
  override readonly name = 'ListenFailed';
  readonly listener: string;
  readonly code: string;

  constructor(listener: string, code: string) {
    super(`cannot listen on ${listener}: ${code}`);
    this.listener = listener;
    this.code = code;
  }
}

/** Everything a worker says but what the supervisor deals with itself. */
export type WorkerSays = Exclude<
  FromWorker,
  { readonly type: 'listening' | 'listen-failed' | 'stopped' | 'drained' }
>;

export interface SupervisorEvents {
  message(worker: number, message: WorkerSays): void;
  /** No worker accepts any more. */
  stopped(): void;
  /** A worker died with its sessions; another takes its place after `restartMs`. */
  died(worker: number, reason: string, restartMs: number): void;
}

interface Crew {
  thread: Worker | null;
  start: WorkerStart;
  failures: number;
  startedAt: number;
  restart: NodeJS.Timeout | null;
  /** It accepts no more. */
  stopped: Latch;
  drained: Latch;
}

/** Starts the workers, replaces those that die, and passes messages both ways. */
export class Supervisor {
  readonly #crew: Crew[];
  readonly #events: SupervisorEvents;
  readonly #entry: URL;
  #stopping = false;

  /** `entry` is the module a worker thread runs. */
  constructor(entry: URL, starts: readonly WorkerStart[], events: SupervisorEvents) {
    this.#entry = entry;
    this.#events = events;
    this.#crew = starts.map((start) => ({
      thread: null,
      start,
      failures: 0,
      startedAt: 0,
      restart: null,
      stopped: new Latch(),
      drained: new Latch(),
    }));
  }

  /** Workers running now. */
  get running(): number {
    return this.#crew.filter(({ thread }) => thread !== null).length;
  }

  /** Which workers run now, by their number. */
  get alive(): readonly boolean[] {
    return this.#crew.map(({ thread }) => thread !== null);
  }

  /** Start every worker. Resolves with the address of each listener; rejects with `ListenFailed`. */
  async start(): Promise<readonly IpEndpoint[]> {
    const addresses = await Promise.all(this.#crew.map((_, worker) => this.#launch(worker)));
    return addresses[0] ?? [];
  }

  send(worker: number, message: ToWorker): void {
    this.#crew[worker]?.thread?.postMessage(message);
  }

  broadcast(message: ToWorker): void {
    for (const { thread } of this.#crew) thread?.postMessage(message);
  }

  /** Accept nothing more. Resolves when every session has ended. */
  async drain(): Promise<void> {
    this.#stopping = true;
    this.broadcast({ type: 'drain' });
    await this.#everyWorker(({ stopped }) => stopped);
    this.#events.stopped();
    await this.#everyWorker(({ drained }) => drained);
  }

  /** End every session, whatever stands in it. */
  end(termination: Termination): void {
    this.broadcast({ type: 'end', termination });
  }

  /** End the threads. Sessions still live are cut. */
  async close(): Promise<void> {
    this.#stopping = true;
    for (const { restart } of this.#crew) if (restart !== null) clearTimeout(restart);
    for (const { thread } of this.#crew) await thread?.terminate();
  }

  async #launch(worker: number): Promise<readonly IpEndpoint[]> {
    const crew = this.#crew[worker]!;
    const thread = new Worker(this.#entry, {
      workerData: crew.start,
      resourceLimits: RESOURCE_LIMITS,
    });
    crew.thread = thread;
    crew.startedAt = performance.now();
    let failure = 'exited';
    thread.on('error', (error: unknown) => {
      failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
    });
    return new Promise((resolve, reject) => {
      thread.on('message', (message: FromWorker) => {
        if (message.type === 'listening') resolve(this.#pin(crew, message.addresses));
        else if (message.type === 'listen-failed')
          reject(new ListenFailed(message.listener, message.code));
        else if (message.type === 'stopped') crew.stopped.open();
        else if (message.type === 'drained') crew.drained.open();
        else this.#events.message(worker, message);
      });
      thread.once('exit', () => {
        crew.thread = null;
        reject(new Error(failure));
        this.#lost(worker, failure);
      });
    });
  }

  // A listener on port 0 keeps, in the worker that comes after, the port it was given.
  #pin(crew: Crew, addresses: readonly IpEndpoint[]): readonly IpEndpoint[] {
    const listeners = crew.start.listeners.map((listener, index) => {
      const { at } = listener;
      return 'fd' in at ? listener : { ...listener, at: { ...at, port: addresses[index]!.port } };
    });
    crew.start = { ...crew.start, listeners };
    return addresses;
  }

  #lost(worker: number, reason: string): void {
    const crew = this.#crew[worker]!;
    if (this.#stopping) return settle(crew);
    if (performance.now() - crew.startedAt > STABLE_MS) crew.failures = 0;
    const restartMs = Math.min(RESTART_MAX_MS, RESTART_FIRST_MS * 2 ** crew.failures++);
    this.#events.died(worker, reason, restartMs);
    crew.restart = setTimeout(() => {
      if (this.#stopping) return;
      // Its own `exit` tries again: a failed start is one more death.
      this.#launch(worker).catch(() => {});
    }, restartMs);
  }

  // One that is not running has nothing to stop.
  async #everyWorker(latch: (crew: Crew) => Latch): Promise<void> {
    for (const crew of this.#crew) if (crew.thread !== null) await latch(crew).opened;
  }
}

function settle({ stopped, drained }: Crew): void {
  stopped.open();
  drained.open();
}
