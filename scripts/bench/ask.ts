import { createLoad, type Load } from './load/load.ts';
import { Names } from './load/hellos.ts';
import type { Tally } from './load/tally.ts';
import type { Wire } from './load/wire.ts';
import { pin, type Cores } from './proxies/cores.ts';
import type { RunningProxy, Setting } from './proxies/proxy.ts';
import { startRedis } from './proxies/redis.ts';
import type { Contender, Figures, Pace, Question } from './questions/question.ts';

/** What all questions are asked with. */
export interface Bench {
  readonly wire: Wire;
  readonly tally: Tally;
  readonly pace: Pace;
  readonly cores: Cores;
  /** Told of every measurement as it is made. */
  readonly progress: (line: string) => void;
}

/** A question and what each contender's rounds gave. */
export interface Answer {
  readonly question: Question;
  readonly rows: readonly Row[];
}

export interface Row {
  readonly contender: Contender;
  readonly rounds: readonly Figures[];
}

/** Measure every contender once a round, each round beginning with another one. */
export async function ask(question: Question, bench: Bench): Promise<Answer> {
  const { pace, wire } = bench;
  const names = new Names(question.names);
  const backend = `127.0.0.1:${wire.port}`;
  await using redis = names.count > 1 ? await startRedis(names, backend) : null;
  await using stage = new Stage(question, bench, { names, redis: redis?.url });
  const rows = question.contenders.map((contender) => ({
    contender,
    rounds: [] as Figures[],
  }));
  if (question.isFresh !== true) await stage.warmUp();
  const most = Math.min(pace.rounds, question.maxRounds ?? Infinity);
  for (let round = 0; round < most; round++) {
    for (let turn = 0; turn < rows.length; turn++) {
      const { contender, rounds } = rows[(round + turn) % rows.length]!;
      const figures = await stage.measure(contender, pace);
      rounds.push(figures);
      bench.progress(`${question.id} ${round + 1}/${most} ${describe(contender, figures)}`);
    }
  }
  return { question, rows };
}

/** The contenders of a question as they run. */
class Stage implements AsyncDisposable {
  readonly #question: Question;
  readonly #bench: Bench;
  readonly #load: Load;
  readonly #setting: Omit<Setting, 'workers'>;
  readonly #running = new Map<Contender, RunningProxy>();

  constructor(
    question: Question,
    bench: Bench,
    routes: { names: Names; redis?: string | undefined },
  ) {
    const { wire, tally, pace } = bench;
    this.#question = question;
    this.#bench = bench;
    this.#load = createLoad(wire, tally, routes.names);
    this.#setting = { ...routes, backendPort: wire.port, sessions: pace.sessions };
  }

  async warmUp(): Promise<void> {
    const { warmMs } = this.#bench.pace;
    for (const contender of this.#question.contenders) {
      await this.measure(contender, { ...this.#bench.pace, measureMs: warmMs });
    }
  }

  async measure(contender: Contender, pace: Pace): Promise<Figures> {
    const proxy = this.#running.get(contender) ?? (await this.#start(contender));
    const figures = await this.#question.measure(this.#load, proxy, pace);
    if (this.#question.isFresh === true) await this.#end(contender);
    return figures;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const contender of this.#running.keys()) await this.#end(contender);
  }

  async #start(contender: Contender): Promise<RunningProxy> {
    const { proxy, workers } = contender;
    const running = await proxy.start({ ...this.#setting, workers });
    this.#running.set(contender, running);
    const { all, proxy: own } = this.#bench.cores;
    if (running.pid !== null) pin(running.pid, this.#question.isUnpinned === true ? all : own);
    return running;
  }

  async #end(contender: Contender): Promise<void> {
    const running = this.#running.get(contender);
    this.#running.delete(contender);
    await running?.[Symbol.asyncDispose]();
  }
}

function describe({ label }: Contender, figures: Figures): string {
  const texts = Object.entries(figures).map(([key, value]) => `${key} ${value.toPrecision(4)}`);
  return `${label}: ${texts.join('  ')}`;
}
