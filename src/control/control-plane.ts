import type { ControlMetric } from '../account/exposition.ts';
import { inAscii } from '../account/printable.ts';
import type { CounterLayout } from '../account/counters.ts';
import type { Endpoint, IpEndpoint } from '../address.ts';
import type { EngineSelection } from '../engine/select.ts';
import { BackendHealth } from '../worker/backend-health.ts';
import type { WorkerStart } from '../worker/messages.ts';
import { BackendSlots } from './routes/backend-slots.ts';
import { Complaints } from './complaints.ts';
import { controlMetrics, type ControlState } from './report/control-metrics.ts';
import { Listeners, type ListenerConfig } from './workers/listeners.ts';
import type { Stoppable } from './life-cycle.ts';
import { Health, type HealthSettings } from './health/health.ts';
import { HttpAge } from './routes/http-age.ts';
import { RoutePlane, type RoutePlaneOptions } from './route-plane.ts';
import { createRouteSink } from './route-sink.ts';
import { sourceNotes, tableNotes } from './report/source-notes.ts';
import { EdgeReport } from './report/edge-report.ts';
import { edgeRoutes } from './report/edge-routes.ts';
import type { SourceLog } from './sources/source.ts';
import { WakerCalls } from './sources/waker/waker-calls.ts';
import { Lookups } from './workers/lookups.ts';
import { Supervisor, type WorkerSays } from './workers/supervisor.ts';
import { WorkerMemory } from './workers/worker-memory.ts';

const RECLAIM_MS = 60_000;

export interface ControlPlaneOptions extends RoutePlaneOptions {
  /** Routes that may have missed changes for longer serve no plain HTTP. */
  readonly httpMaxAgeMs: number;
  /** Our own addresses besides the listeners: Redis. */
  readonly own: readonly Endpoint[];
  readonly engine: EngineSelection;
  readonly listeners: readonly ListenerConfig[];
  /** What the configuration says to all of them. */
  readonly worker: Omit<WorkerStart, keyof ReturnType<WorkerMemory['of']> | 'engine' | 'listeners'>;
  readonly workers: number;
  readonly health: HealthSettings;
  readonly layout: CounterLayout;
  readonly version: string;
  readonly log: SourceLog;
  readonly writeAccessLines: (lines: string) => void;
  readonly accessLinesDropped: () => number;
}

/** The main thread's part of the edge: it owns the routes and the workers. */
export class ControlPlane implements Stoppable {
  readonly #options: ControlPlaneOptions;
  readonly #memory: WorkerMemory;
  readonly #health: BackendHealth;
  readonly #care: Health;
  readonly #listeners: Listeners;
  readonly #slots: BackendSlots;
  readonly #complaints: Complaints;
  readonly #routes: RoutePlane;
  readonly #supervisor: Supervisor;
  readonly #lookups: Lookups;
  readonly #httpAge: HttpAge;
  readonly #waker: WakerCalls;
  readonly #reclaim: NodeJS.Timeout;
  /** Where we listen ourselves: never a backend. Filled in as the listeners open. */
  readonly #own: Endpoint[];
  #restarts = 0;
  #lost = 0;
  #draining = false;

  /** Opens the listeners that workers share. Throws `ListenFailed`. */
  constructor(options: ControlPlaneOptions) {
    this.#options = options;
    this.#own = [...options.own];
    this.#complaints = new Complaints(options.log);
    this.#memory = new WorkerMemory(
      options.workers,
      options.layout,
      Object.values(options.worker.clientLimits).some((limit) => limit !== null),
    );
    this.#health = new BackendHealth(this.#memory.health, options.worker.ejection);
    this.#slots = new BackendSlots((slot) => this.#memory.activeSessions(slot));
    this.#routes = new RoutePlane(options, {
      slots: this.#slots,
      complaints: this.#complaints,
      own: this.#own,
      invalidate: (patterns) => this.#invalidate(patterns),
      end: (removal) => this.#supervisor.broadcast({ type: 'removed', removal }),
    });
    this.#care = this.#createCare();
    this.#lookups = new Lookups({
      directory: this.#routes.directory,
      httpAge: () => this.#httpAge,
      source: options.source,
      send: (worker, answers) => this.#supervisor.send(worker, { type: 'answers', answers }),
    });
    this.#listeners = new Listeners(options.engine.name, options.listeners);
    this.#supervisor = this.#createSupervisor();
    this.#waker = new WakerCalls(options.source, options.log);
    this.#httpAge = new HttpAge({
      maxAgeMs: options.httpMaxAgeMs,
      status: () => options.source.status,
      onExpired: () => this.#invalidate(null),
    });
    this.#reclaim = this.#slots.reclaimEvery(RECLAIM_MS, (slots) => this.#care.forget(slots));
  }

  /**
   * Start the workers and begin to read routes; `onReady` when they have been read for the first
   * time. Resolves with the listeners' addresses; rejects with `ListenFailed`.
   */
  async start(onReady: () => void): Promise<readonly IpEndpoint[]> {
    const addresses = await this.#supervisor.start();
    this.#care.start();
    this.#own.push(...addresses);
    void this.#routes.directory.whenReady.then(onReady);
    const { source, maxRoutes, log } = this.#options;
    const common = { directory: this.#routes.directory, complaints: this.#complaints };
    source.start(createRouteSink({ ...common, httpAge: this.#httpAge, maxRoutes, log }));
    return addresses;
  }

  /** Never take this address for a backend: it is ours. */
  guardOwn(address: Endpoint): void {
    this.#own.push(address);
  }

  /** What keeps the edge from being ready, in words. Empty when it is. */
  problems(): readonly string[] {
    const problems: string[] = [];
    if (this.#draining) problems.push('draining: no new connection is accepted');
    if (!this.#routes.directory.ready) {
      const { problem, from } = this.#options.source.status;
      problems.push(`no routes read yet: ${problem ?? `reading ${from}`}`);
    }
    const missing = this.#options.workers - this.#supervisor.running;
    if (missing > 0) problems.push(`${missing} of ${this.#options.workers} workers are down`);
    return problems.map(inAscii);
  }

  /** What else an operator may want to know. */
  notes(): readonly string[] {
    const { engine, source } = this.#options;
    return [
      `engine ${engine.name}: ${engine.reason}`,
      ...sourceNotes(source.status, Date.now()),
      ...tableNotes(this.#routes.directory.mode, this.#httpAge.expired),
    ].map(inAscii);
  }

  /** What this edge tells of its routes, under this name. */
  report(edge: string): EdgeReport {
    return new EdgeReport(
      edgeRoutes({
        edge,
        directory: this.#routes.directory,
        options: this.#routes.options,
        resolver: this.#routes.resolver,
        slots: this.#slots,
        ejectionOf: (backend) => this.#care.ejection(backend),
        probe: this.#options.health.probes.kind,
        refusal: this.#routes.guard,
        proxy: this.#options.proxyProtocol,
        onRemoved: this.#options.onRemoved,
        isTooOldForHttp: () => this.#httpAge.expired,
        ...this.#options.worker,
      }),
    );
  }

  /** The workers' counters, one array each. */
  get cells(): readonly Float64Array[] {
    return this.#memory.cells;
  }

  metrics(): readonly ControlMetric[] {
    return [...controlMetrics(() => this.#state()), ...this.#care.metrics()];
  }

  async drain(): Promise<void> {
    this.#draining = true;
    await this.#supervisor.drain();
  }

  end(termination: 'drained' | 'shutdown'): void {
    this.#supervisor.end(termination);
  }

  async close(): Promise<void> {
    clearInterval(this.#reclaim);
    this.#httpAge[Symbol.dispose]();
    await this.#care.close();
    await this.#options.source.close();
    this.#routes.close();
    await this.#supervisor.close();
    this.#listeners.close();
  }

  #createCare(): Health {
    const { health: settings, worker, log } = this.#options;
    return new Health({
      ...settings,
      health: this.#health,
      used: this.#memory.used,
      maxEjected: worker.maxEjected,
      slots: this.#slots,
      routes: this.#routes.backends,
      log,
    });
  }

  #createSupervisor(): Supervisor {
    const { worker, workers, engine } = this.#options;
    const starts = Array.from({ length: workers }, (_, index) => ({
      ...worker,
      ...this.#memory.of(index),
      engine: engine.name,
      listeners: this.#listeners.starts,
    }));
    return new Supervisor(new URL('../worker/main.js', import.meta.url), starts, {
      message: (index, message) => this.#receive(index, message),
      stopped: () => this.#listeners.close(),
      died: (index, reason, restartMs) => this.#mourn(index, reason, restartMs),
    });
  }

  #receive(worker: number, message: WorkerSays): void {
    switch (message.type) {
      case 'lookups':
        return this.#lookups.answer(worker, message.lookups);
      case 'wake':
        return this.#waker.call(message.name, this.#routes.directory.patternOf(message.name));
      case 'access-lines':
        return this.#options.writeAccessLines(message.lines);
      case 'fault':
        return this.#options.log.error(message, 'a session met a bug and ended as internal-error');
      case 'accept-failed':
        return this.#complaints.ofAccept(message.listener, message.code);
      case 'ejected':
        return this.#care.look();
    }
  }

  #invalidate(patterns: readonly string[] | null): void {
    this.#lookups.flush();
    this.#supervisor.broadcast({ type: 'invalidate', patterns });
  }

  #mourn(worker: number, reason: string, restartMs: number): void {
    this.#restarts++;
    const sessions = this.#memory.reclaim(worker);
    this.#lost += sessions;
    const { log } = this.#options;
    log.error({ worker, sessions, reason, restartMs }, 'a worker died with its sessions');
  }

  #state(): ControlState {
    const { source, workers, version, engine } = this.#options;
    return {
      version,
      engine: engine.name,
      source: source.status,
      routes: this.#routes.directory.counts(),
      tableMode: this.#routes.directory.mode,
      onDemand: this.#routes.directory.onDemand,
      backends: this.#slots.size,
      backendsEjected: this.#health.ejected,
      ejections: this.#health.ejections,
      routeOptionsRefused: this.#routes.options.refused,
      backendsRefused: this.#routes.backendsRefused,
      workers,
      workersRunning: this.#supervisor.running,
      workerRestarts: this.#restarts,
      sessionsLost: this.#lost,
      accessLinesDropped: this.#options.accessLinesDropped(),
      draining: this.#draining,
    };
  }
}
