import type { ControlMetric } from '../account/exposition.ts';
import { inAscii } from '../account/printable.ts';
import type { CounterLayout } from '../account/counters.ts';
import type { Endpoint, IpEndpoint } from '../address.ts';
import { createGuard, type Guard, type GuardOptions } from '../dial/guard.ts';
import type { EngineSelection } from '../engine/select.ts';
import type { ProxyMode } from '../proxy-protocol.ts';
import type { FromWorker, WorkerStart } from '../worker/messages.ts';
import { BackendSlots } from './routes/backend-slots.ts';
import { Complaints } from './complaints.ts';
import { controlMetrics, type ControlState } from './control-metrics.ts';
import { Directory } from './routes/directory.ts';
import { KnownOptions } from './routes/known-options.ts';
import { Listeners, type ListenerConfig } from './workers/listeners.ts';
import type { Stoppable } from './life-cycle.ts';
import { HttpAge } from './routes/http-age.ts';
import { BackendResolver } from './routes/resolver.ts';
import { RouteBackends } from './routes/route-backends.ts';
import { RefusedMembers } from './routes/route-members.ts';
import { createRouteSink, readFrom } from './route-sink.ts';
import { localAddresses } from './routes/local-addresses.ts';
import { sourceNotes, tableNotes } from './source-notes.ts';
import { EdgeReport } from './report/edge-report.ts';
import { edgeRoutes } from './report/edge-routes.ts';
import type { RouteSource, SourceLog } from './sources/source.ts';
import { Lookups } from './workers/lookups.ts';
import { Supervisor } from './workers/supervisor.ts';
import { WorkerMemory } from './workers/worker-memory.ts';

const RECLAIM_MS = 60_000;

export interface ControlPlaneOptions {
  readonly source: RouteSource;
  /** Routes held at most where there are too many to hold them all. */
  readonly maxRoutes: number;
  /** Routes that may have missed changes for longer serve no plain HTTP. */
  readonly httpMaxAgeMs: number;
  readonly dnsServers: readonly string[];
  readonly guard: Pick<GuardOptions, 'allow' | 'deny'>;
  /** Our own addresses besides the listeners: Redis. */
  readonly own: readonly Endpoint[];
  readonly proxyProtocol: ProxyMode;
  readonly engine: EngineSelection;
  readonly listeners: readonly ListenerConfig[];
  readonly worker: Pick<WorkerStart, 'line' | 'balance' | 'accessLog'>;
  readonly workers: number;
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
  readonly #listeners: Listeners;
  readonly #slots: BackendSlots;
  readonly #resolver: BackendResolver;
  readonly #backends: RouteBackends;
  readonly #refused: RefusedMembers;
  readonly #guard: Guard;
  readonly #complaints: Complaints;
  readonly #routeOptions = new KnownOptions((...refused) => this.#complaints.ofRoute(...refused));
  readonly #directory: Directory;
  readonly #supervisor: Supervisor;
  readonly #lookups: Lookups;
  readonly #httpAge: HttpAge;
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
    this.#memory = new WorkerMemory(options.workers, options.layout);
    this.#slots = new BackendSlots((slot) => this.#memory.activeSessions(slot));
    this.#resolver = new BackendResolver({
      servers: options.dnsServers,
      onChange: (name) => this.#directory.nameChanged(name),
      onProblem: (name, reason) =>
        this.#complaints.ofName(this.#backends.patternsUsing(name), name, reason),
    });
    this.#guard = createGuard({ ...options.guard, own: this.#own, localAddresses });
    this.#backends = this.#createBackends(this.#guard);
    this.#refused = new RefusedMembers(this.#guard, (...refused) =>
      this.#complaints.ofRoute(...refused),
    );
    this.#directory = new Directory({
      backends: this.#backends,
      refused: this.#refused,
      options: this.#routeOptions,
      maxRoutes: options.maxRoutes,
      ...readFrom(options.source),
      invalidate: (patterns) => this.#invalidate(patterns),
    });
    this.#lookups = new Lookups({
      directory: this.#directory,
      httpAge: () => this.#httpAge,
      source: options.source,
      send: (worker, answers) => this.#supervisor.send(worker, { type: 'answers', answers }),
    });
    this.#listeners = new Listeners(options.engine.name, options.listeners);
    this.#supervisor = this.#createSupervisor();
    this.#httpAge = new HttpAge({
      maxAgeMs: options.httpMaxAgeMs,
      status: () => options.source.status,
      onExpired: () => this.#invalidate(null),
    });
    this.#reclaim = this.#slots.reclaimEvery(RECLAIM_MS);
  }

  /**
   * Start the workers and begin to read routes; `onReady` when they have been read for the first
   * time. Resolves with the listeners' addresses; rejects with `ListenFailed`.
   */
  async start(onReady: () => void): Promise<readonly IpEndpoint[]> {
    const addresses = await this.#supervisor.start();
    this.#own.push(...addresses);
    void this.#directory.whenReady.then(onReady);
    const { source, maxRoutes, log } = this.#options;
    const [directory, complaints, httpAge] = [this.#directory, this.#complaints, this.#httpAge];
    source.start(createRouteSink({ directory, complaints, httpAge, maxRoutes, log }));
    return addresses;
  }

  /** Never take this address for a backend: it is ours. */
  guardOwn(address: Endpoint): void {
    this.#own.push(address);
  }

  /** What keeps the edge from being ready, in words. Empty when it is. */
  problems(): readonly string[] {
    const { source } = this.#options;
    const problems: string[] = [];
    if (this.#draining) problems.push('draining: no new connection is accepted');
    if (!this.#directory.ready) {
      const { problem, from } = source.status;
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
      ...tableNotes(this.#directory.mode, this.#httpAge.expired),
    ].map(inAscii);
  }

  /** What this edge tells of its routes, under this name. */
  report(edge: string): EdgeReport {
    const { worker, proxyProtocol: proxy } = this.#options;
    return new EdgeReport(
      edgeRoutes({
        edge,
        directory: this.#directory,
        options: this.#routeOptions,
        resolver: this.#resolver,
        slots: this.#slots,
        refusal: this.#guard,
        proxy,
        isTooOldForHttp: () => this.#httpAge.expired,
        ...worker,
      }),
    );
  }

  /** The workers' counters, one array each. */
  get cells(): readonly Float64Array[] {
    return this.#memory.cells;
  }

  metrics(): readonly ControlMetric[] {
    return controlMetrics(() => this.#state());
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
    this.#resolver.close();
    await this.#options.source.close();
    this.#directory.close();
    await this.#supervisor.close();
    this.#listeners.close();
  }

  #createBackends(guard: Guard): RouteBackends {
    return new RouteBackends({
      resolver: this.#resolver,
      slots: this.#slots,
      refusal: guard,
      proxyProtocol: this.#options.proxyProtocol,
      onRefused: (...refused) => this.#complaints.ofRoute(...refused),
    });
  }

  #createSupervisor(): Supervisor {
    const { worker, workers, engine } = this.#options;
    const listeners = this.#listeners.starts;
    const starts = Array.from({ length: workers }, (_, index) => ({
      ...worker,
      ...this.#memory.of(index),
      engine: engine.name,
      listeners,
    }));
    return new Supervisor(new URL('../worker/main.js', import.meta.url), starts, {
      message: (index, message) => this.#receive(index, message),
      stopped: () => this.#listeners.close(),
      died: (index, reason, restartMs) => this.#mourn(index, reason, restartMs),
    });
  }

  #receive(worker: number, message: FromWorker): void {
    switch (message.type) {
      case 'lookups':
        return this.#lookups.answer(worker, message.lookups);
      case 'access-lines':
        return this.#options.writeAccessLines(message.lines);
      case 'fault':
        return this.#options.log.error(message, 'a session met a bug and ended as internal-error');
      case 'accept-failed':
        return this.#complaints.ofAccept(message.listener, message.code);
      case 'listening':
      case 'listen-failed':
      case 'stopped':
      case 'drained':
        return;
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
    const fields = { worker, sessions, reason, restartMs };
    this.#options.log.error(fields, 'a worker died with its sessions');
  }

  #state(): ControlState {
    const { source, workers, version, engine } = this.#options;
    return {
      version,
      engine: engine.name,
      source: source.status,
      routes: this.#directory.counts(),
      tableMode: this.#directory.mode,
      onDemand: this.#directory.onDemand,
      backends: this.#slots.size,
      routeOptionsRefused: this.#routeOptions.refused,
      backendsRefused: this.#refused.total + this.#backends.refused,
      workers,
      workersRunning: this.#supervisor.running,
      workerRestarts: this.#restarts,
      sessionsLost: this.#lost,
      accessLinesDropped: this.#options.accessLinesDropped(),
      draining: this.#draining,
    };
  }
}
