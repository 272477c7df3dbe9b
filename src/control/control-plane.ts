import { networkInterfaces } from 'node:os';
import type { ControlMetric } from '../account/exposition.ts';
import type { CounterLayout } from '../account/counters.ts';
import { printable } from '../account/printable.ts';
import { plainIp, type Endpoint, type IpEndpoint } from '../address.ts';
import { createGuard, type Guard, type GuardOptions } from '../dial/guard.ts';
import type { EngineSelection } from '../engine/select.ts';
import type { ProxyMode } from '../proxy-protocol.ts';
import type { FromWorker, WorkerStart } from '../worker/messages.ts';
import { BackendSlots } from './routes/backend-slots.ts';
import { controlMetrics, type ControlState } from './control-metrics.ts';
import { Directory } from './routes/directory.ts';
import { Listeners, type ListenerConfig } from './workers/listeners.ts';
import type { Stoppable } from './life-cycle.ts';
import { ComplaintLog, Episodes } from './log.ts';
import { BackendResolver } from './routes/resolver.ts';
import { RouteBackends } from './routes/route-backends.ts';
import { RefusedMembers } from './routes/route-members.ts';
import type { RouteSource, SourceLog } from './sources/source.ts';
import { Supervisor } from './workers/supervisor.ts';
import { WorkerMemory } from './workers/worker-memory.ts';

/** How much of a text from the routes is logged. */
const MAX_LOGGED_LENGTH = 256;
const RECLAIM_MS = 60_000;

export interface ControlPlaneOptions {
  readonly source: RouteSource;
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
  readonly #directory: Directory;
  readonly #supervisor: Supervisor;
  readonly #complaints = new ComplaintLog();
  readonly #acceptTroubles = new Episodes();
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
    this.#memory = new WorkerMemory(options.workers, options.layout);
    this.#slots = new BackendSlots((slot) => this.#memory.activeSessions(slot));
    this.#resolver = new BackendResolver({
      servers: options.dnsServers,
      onChange: (name) => this.#directory.nameChanged(name),
      onProblem: (name, reason) => this.#complainOfName(name, reason),
    });
    const guard = createGuard({ ...options.guard, own: this.#own, localAddresses });
    this.#backends = this.#createBackends(guard);
    this.#refused = new RefusedMembers(guard, (...refused) => this.#complain(...refused));
    this.#directory = new Directory({
      backends: this.#backends,
      refused: this.#refused,
      invalidate: (patterns) => this.#supervisor.broadcast({ type: 'invalidate', patterns }),
    });
    this.#listeners = new Listeners(options.engine.name, options.listeners);
    this.#supervisor = this.#createSupervisor();
    this.#reclaim = setInterval(
      () => this.#slots.reclaim(performance.now() - RECLAIM_MS),
      RECLAIM_MS,
    );
    this.#reclaim.unref();
  }

  /**
   * Start the workers and begin to read routes; `onReady` when they have been read for the first
   * time. Resolves with the listeners' addresses; rejects with `ListenFailed`.
   */
  async start(onReady: () => void): Promise<readonly IpEndpoint[]> {
    const addresses = await this.#supervisor.start();
    this.#own.push(...addresses);
    void this.#directory.whenReady.then(onReady);
    this.#options.source.start({
      replace: (all) => {
        this.#complaints.forget(null);
        this.#directory.replace(all);
      },
      change: (pattern, members) => {
        this.#complaints.forget(pattern);
        this.#directory.change(pattern, members);
      },
      onProblem: (key, reason) => this.#complain(key, '', reason),
    });
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
    return problems;
  }

  /** What else an operator may want to know. */
  notes(): readonly string[] {
    const { engine, source } = this.#options;
    const { problem } = source.status;
    const notes = [`engine ${engine.name}: ${engine.reason}`];
    const known = this.#directory.ready && problem !== null;
    if (known) notes.push(`the routes known are served, but: ${problem}`);
    return notes;
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
      onRefused: (...refused) => this.#complain(...refused),
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
      case 'lookup':
        return void this.#answer(worker, message);
      case 'access-lines':
        return this.#options.writeAccessLines(message.lines);
      case 'fault':
        return this.#options.log.error(message, 'a session met a bug and ended as internal-error');
      case 'accept-failed':
        return this.#warnOfAccept(message);
      case 'listening':
      case 'listen-failed':
      case 'stopped':
      case 'drained':
        return;
    }
  }

  async #answer(
    worker: number,
    { lookup, name, protocol }: Extract<FromWorker, { type: 'lookup' }>,
  ): Promise<void> {
    if (this.#options.source.status.staleSince !== null) this.#directory.giveUpWaiting();
    await this.#directory.answer(name, protocol, (answer) =>
      this.#supervisor.send(worker, { type: 'answer', lookup, answer }),
    );
  }

  #mourn(worker: number, reason: string, restartMs: number): void {
    this.#restarts++;
    const sessions = this.#memory.reclaim(worker);
    this.#lost += sessions;
    const fields = { worker, sessions, reason, restartMs };
    this.#options.log.error(fields, 'a worker died with its sessions');
  }

  // A name's trouble is every route's that has it, and one line is enough.
  #complainOfName(name: string, reason: string): void {
    const [pattern = ''] = this.#backends.patternsUsing(name);
    this.#complain(pattern, name, reason, 'a backend cannot be resolved');
  }

  #complain(
    pattern: string,
    member: string,
    reason: string,
    what = 'left out of the routes',
  ): void {
    const fields = { route: shown(pattern), member: shown(member), reason: shown(reason) };
    if (!this.#complaints.first(pattern, `${fields.member} ${fields.reason}`)) return;
    this.#options.log.warn(fields, what);
  }

  #warnOfAccept({ listener, code }: Extract<FromWorker, { type: 'accept-failed' }>): void {
    if (!this.#acceptTroubles.begins(`${listener} ${code}`, performance.now())) return;
    this.#options.log.warn({ listener, code }, 'clients cannot be accepted');
  }

  #state(): ControlState {
    const { source, workers, version, engine } = this.#options;
    return {
      version,
      engine: engine.name,
      source: source.status,
      routes: this.#directory.counts(),
      backends: this.#slots.size,
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

// Whoever may write routes may not write to the operator's terminal.
function shown(text: string): string {
  return printable(text.slice(0, MAX_LOGGED_LENGTH));
}

function localAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((entries) =>
    (entries ?? []).map(({ address }) => plainIp(address)),
  );
}
