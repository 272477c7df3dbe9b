import type { ControlMetric } from '../account/exposition.ts';
import type { LogFile } from '../account/log/log-file.ts';
import { inAscii } from '../account/printable.ts';
import type { CounterLayout } from '../account/counters.ts';
import type { Endpoint, IpEndpoint } from '../address.ts';
import type { EngineSelection } from '../engine/select.ts';
import { BackendHealth } from '../worker/health/backend-health.ts';
import type { ToWorker } from '../worker/messages.ts';
import { BackendSlots } from './routes/backend-slots.ts';
import { Complaints } from './log/complaints.ts';
import { controlMetrics, type ControlState } from './report/control-metrics.ts';
import { Listeners, type ListenerConfig } from './workers/listeners.ts';
import type { Stoppable } from './runtime/life-cycle.ts';
import { SessionFeeds } from './feed/session-feeds.ts';
import { Health, type HealthSettings } from './health/health.ts';
import { HostActivity } from './hosts/host-activity.ts';
import { HttpAge } from './routes/http-age.ts';
import { EdgeRuntime, type EdgeRuntimeOptions } from './runtime/edge-runtime.ts';
import { readinessProblems } from './runtime/readiness.ts';
import { RoutePlane, type RoutePlaneOptions } from './route-plane.ts';
import { createRouteSink } from './route-sink.ts';
import { sourceNotes, tableNotes } from './report/source-notes.ts';
import { controlState } from './report/control-state.ts';
import { edgeOverview } from './report/overview/edge-overview.ts';
import type { LiveOverview } from './report/overview/live-overview.ts';
import { EdgeReport } from './report/edge-report.ts';
import { edgeRoutes } from './report/edge-routes.ts';
import type { SourceLog } from './sources/source.ts';
import { WakerCalls } from './sources/waker/waker-calls.ts';
import { Lookups } from './workers/lookups.ts';
import { receive, type Receivers } from './workers/receivers.ts';
import { Supervisor } from './workers/supervisor.ts';
import { WorkerMemory, type WorkerSettings } from './workers/worker-memory.ts';

const RECLAIM_MS = 60_000;

export interface ControlPlaneOptions extends RoutePlaneOptions {
  /** Routes that may have missed changes for longer serve no plain HTTP. */
  readonly httpMaxAgeMs: number;
  /** Our own addresses besides the listeners: Redis. */
  readonly own: readonly Endpoint[];
  readonly engine: EngineSelection;
  readonly listeners: readonly ListenerConfig[];
  readonly worker: WorkerSettings;
  readonly workers: number;
  /** Hosts that have series of their own. */
  readonly metricsHosts: number;
  readonly health: HealthSettings;
  readonly layout: CounterLayout;
  readonly version: string;
  readonly log: SourceLog;
  readonly logOutput: EdgeRuntimeOptions['logOutput'];
  readonly accessLog: LogFile | null;
}

/** The main thread's part of the edge: it owns the routes and the workers. */
export class ControlPlane implements Stoppable {
  /** Who watches sessions. */
  readonly feeds = new SessionFeeds((feeds) => {
    this.#supervisor.broadcast({ type: 'feeds', feeds });
    return this.#supervisor.running;
  });
  /** How the process does. */
  readonly runtime: EdgeRuntime;
  /** What hosts do. */
  readonly hosts: HostActivity;
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
  readonly #receivers: Receivers = {
    lookups: (worker, { lookups }) => this.#lookups.answer(worker, lookups),
    wake: (_, { name }) => this.#waker.call(name, this.#routes.directory.patternOf(name)),
    'access-lines': (_, { lines }) => this.#options.accessLog?.write(lines),
    'feeds-wanted': (worker) =>
      this.#supervisor.send(worker, { type: 'feeds', feeds: this.feeds.feeds }),
    'feed-begun': (_, { feed }) => this.feeds.begun(feed),
    'session-lines': (_, message) => this.feeds.take(message),
    fault: (_, message) =>
      this.#options.log.error(message, 'a session met a bug and ended as internal-error'),
    live: (worker, message) => this.runtime.take(worker, message),
    hosts: (worker, { deltas }) => this.hosts.take(worker, deltas),
    'accept-failed': (_, { listener, code }) => this.#complaints.ofAccept(listener, code),
    ejected: () => this.#care.look(),
  };
  #restarts = 0;
  #lost = 0;
  #draining = false;
  #overview: LiveOverview | null = null;

  /** Opens the listeners that workers share. Throws `ListenFailed`. */
  constructor(options: ControlPlaneOptions) {
    this.#options = options;
    const { workers, metricsHosts: maxSeries } = options;
    this.hosts = new HostActivity({ workers, maxSeries, now: () => performance.now() });
    this.#own = [...options.own];
    this.#complaints = new Complaints(options.log);
    const limited = Object.values(options.worker.clientLimits).some((limit) => limit !== null);
    this.#memory = new WorkerMemory(workers, options.layout, limited);
    this.#health = new BackendHealth(this.#memory.health, options.worker.ejection);
    const broadcast = (message: ToWorker) => this.#supervisor.broadcast(message);
    this.runtime = new EdgeRuntime(this.#memory, options, broadcast);
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
    void this.#routes.directory.whenReady.then(() => this.runtime.started());
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
    return readinessProblems({
      draining: this.#draining,
      hasRoutes: this.#routes.directory.ready,
      source: this.#options.source.status,
      workers: this.#options.workers,
      running: this.#supervisor.running,
    });
  }

  /** What else an operator may want to know. */
  notes(): readonly string[] {
    const { engine, source } = this.#options;
    return [
      `engine ${engine.name}: ${engine.reason}`,
      ...sourceNotes(source.status, Date.now()),
      ...tableNotes(this.#routes.directory.mode, this.#httpAge.expired),
      ...this.runtime.notes(),
    ].map(inAscii);
  }

  /** What this edge tells of its routes, under this name. */
  report(edge: string): EdgeReport {
    const isTooOldForHttp = () => this.#httpAge.expired;
    return new EdgeReport(edgeRoutes({ ...this.#parts, edge, isTooOldForHttp }));
  }

  /** What it does at each moment. */
  overview(): LiveOverview {
    const words = { problems: () => this.problems(), notes: () => this.notes() };
    this.#overview ??= edgeOverview({ ...this.#parts, ...words });
    return this.#overview;
  }

  /** The workers' counters, one array each. */
  get cells(): readonly Float64Array[] {
    return this.#memory.cells;
  }

  metrics(): readonly ControlMetric[] {
    return [
      ...controlMetrics(() => this.#state()),
      ...this.#care.metrics(),
      ...this.hosts.metrics(),
      ...this.runtime.metrics(),
    ];
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
    this.runtime[Symbol.dispose]();
    this.#overview?.[Symbol.dispose]();
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
    const { worker, engine } = this.#options;
    const { starts: listeners } = this.#listeners;
    const starts = this.#memory.starts({ ...worker, engine: engine.name, listeners });
    return new Supervisor(new URL('../worker/main.js', import.meta.url), starts, {
      message: (index, message) => receive(this.#receivers, index, message),
      stopped: () => this.#listeners.close(),
      died: (index, reason, restartMs) => this.#mourn(index, reason, restartMs),
    });
  }

  #invalidate(patterns: readonly string[] | null): void {
    this.#lookups.flush();
    this.#supervisor.broadcast({ type: 'invalidate', patterns });
  }

  #mourn(worker: number, reason: string, restartMs: number): void {
    this.#restarts++;
    const sessions = this.#memory.reclaim(worker);
    this.hosts.lost(worker);
    this.#lost += sessions;
    const { log } = this.#options;
    log.error({ worker, sessions, reason, restartMs }, 'a worker died with its sessions');
  }

  #state(): ControlState {
    const counted = { workerRestarts: this.#restarts, sessionsLost: this.#lost };
    return controlState({ ...this.#parts, ...counted, draining: this.#draining });
  }

  get #parts() {
    return {
      options: this.#options,
      routes: this.#routes,
      slots: this.#slots,
      health: this.#health,
      care: this.#care,
      supervisor: this.#supervisor,
      memory: this.#memory,
      feeds: this.feeds,
      hosts: this.hosts,
      runtime: this.runtime,
    };
  }
}
