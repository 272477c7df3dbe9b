import type { CounterLayout } from '../../account/counters.ts';
import type { ControlMetric } from '../../account/exposition.ts';
import type { LogFile } from '../../account/log/log-file.ts';
import { PHASES } from '../../session/session.ts';
import type { ToWorker, WorkerStart } from '../../worker/messages.ts';
import type { LineOutput } from '../log/line-output.ts';
import type { Overview } from '../report/overview/overview.ts';
import { Totals } from '../report/overview/totals.ts';
import { runtimeMetrics } from '../report/runtime-metrics.ts';
import { routeAge } from '../routes/http-age.ts';
import type { RouteSource, SourceLog } from '../sources/source.ts';
import type { WorkerMemory } from '../workers/worker-memory.ts';
import { LiveSessions, type LiveLines } from './live-sessions.ts';
import { RuntimeHealth, type RuntimeFacts } from './runtime-health.ts';
import { runtimeNotes } from './runtime-notes.ts';
import { dumpLines, sessionsPerWorker } from './state-dump.ts';

export interface EdgeRuntimeOptions {
  readonly workers: number;
  readonly layout: CounterLayout;
  readonly source: RouteSource;
  readonly log: SourceLog;
  /** Where the lines of `log` go. */
  readonly logOutput: Pick<LineOutput, 'dropped'>;
  readonly accessLog: Pick<LogFile, 'dropped' | 'isFailing' | 'queued'> | null;
  readonly worker: Pick<WorkerStart, 'line' | 'maxConnections' | 'clientLimits' | 'maxEjected'>;
}

/** How the process of a running edge does, and what it does at a moment. */
export class EdgeRuntime implements Disposable {
  readonly #options: EdgeRuntimeOptions;
  readonly #memory: WorkerMemory;
  readonly #health: RuntimeHealth;
  readonly #live: LiveSessions;
  #isDumping = false;

  /** `broadcast` tells every worker. */
  constructor(
    memory: WorkerMemory,
    options: EdgeRuntimeOptions,
    broadcast: (message: ToWorker) => void,
  ) {
    this.#options = options;
    this.#memory = memory;
    const totals = new Totals(options.layout, memory.cells);
    const waiting = PHASES.indexOf('waiting');
    this.#health = new RuntimeHealth(memory.waits, () => totals.byValue('active')[waiting]!);
    this.#live = new LiveSessions(options.workers, broadcast);
  }

  read(): RuntimeFacts {
    return this.#health.read();
  }

  /** What an operator may want to know, in words. */
  notes(): readonly string[] {
    return runtimeNotes(this.read(), this.#options.accessLog);
  }

  metrics(): readonly ControlMetric[] {
    const { source, logOutput, accessLog } = this.#options;
    return runtimeMetrics({
      facts: () => this.read(),
      waits: this.#memory.waits,
      routeAgeMs: () => routeAge(source.status, Date.now()),
      logQueued: () => accessLog?.queued ?? 0,
      ownLinesDropped: () => logOutput.dropped,
    });
  }

  /** Routes have been read for the first time. */
  started(): void {
    this.#health.started();
  }

  /** A worker's answer. */
  take(worker: number, lines: LiveLines): void {
    this.#live.take(worker, lines);
  }

  /** Log what the edge does at this moment. One dump at a time: while one is made, nothing comes of another. */
  async dump(overview: () => Promise<Overview>): Promise<void> {
    if (this.#isDumping) return;
    this.#isDumping = true;
    const { workers, log } = this.#options;
    try {
      const sessions = await this.#live.oldest(sessionsPerWorker(workers));
      const lines = dumpLines(await overview(), this.#limits(), sessions);
      for (const [index, line] of lines.entries())
        log.info(line, `SIGQUIT: state ${index + 1} of ${lines.length}`);
    } catch (error) {
      log.error({ error: String(error) }, 'SIGQUIT: the state cannot be told');
    } finally {
      this.#isDumping = false;
    }
  }

  [Symbol.dispose](): void {
    this.#health[Symbol.dispose]();
  }

  #limits(): object {
    const { line, maxConnections, clientLimits, maxEjected } = this.#options.worker;
    const { queueMax, queueTimeoutMs, retryBudget, helloTimeoutMs, idleTimeoutMs } = line;
    return {
      maxConnections,
      maxConnectionsPerIp: clientLimits.sessions,
      ratePerIp: clientLimits.rate,
      maxEjected,
      queueMax,
      queueTimeoutMs,
      retryBudget,
      helloTimeoutMs,
      idleTimeoutMs,
    };
  }
}
