import { writeFile } from 'node:fs/promises';
import { makeFolder, type Folder } from './folder.ts';
import { startProgram, type Program } from './program.ts';
import { eventually } from './wait.ts';

const LISTENING = /msg="Listening on" address=(127\.0\.0\.1:\d+)/;

export interface PrometheusOptions {
  /** Where metrics are: `127.0.0.1:41234`. Scraped twice a second, as the job `sluice`. */
  readonly target: string;
  /** A file of rules, which are evaluated every second. */
  readonly rules: string;
}

/** A value of an answer, with its labels. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A real Prometheus that scrapes one edge. */
export class Prometheus implements AsyncDisposable {
  readonly #url: string;
  readonly #program: Program;
  readonly #folder: Folder;

  constructor(url: string, program: Program, folder: Folder) {
    this.#url = url;
    this.#program = program;
    this.#folder = folder;
  }

  /** What it answers to a query just now. */
  async query(expr: string): Promise<readonly Sample[]> {
    const answer = await this.#ask<{
      result: { metric: Sample['metric']; value: [number, string] }[];
    }>(`query?query=${encodeURIComponent(expr)}`);
    return answer.result.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }));
  }

  /** The same, as soon as there is an answer that is not empty. */
  async answered(expr: string): Promise<readonly Sample[]> {
    return eventually(async () => {
      const samples = await this.query(expr);
      if (samples.length === 0) throw new Error(`no answer to ${expr}`);
      return samples;
    });
  }

  /** Its rules that do not work, each with why. */
  async brokenRules(): Promise<readonly string[]> {
    type Rule = { name: string; health: string; lastError?: string };
    const { groups } = await this.#ask<{ groups: { rules: Rule[] }[] }>('rules');
    const rules = groups.flatMap((group) => group.rules);
    return rules
      .filter(({ health }) => health === 'err')
      .map(({ name, lastError }) => `${name}: ${lastError}`);
  }

  async #ask<T>(path: string): Promise<T> {
    const response = await fetch(`${this.#url}/api/v1/${path}`);
    const body = (await response.json()) as { status: string; data: T; error?: string };
    if (body.status !== 'success') throw new Error(`${path}: ${body.error}`);
    return body.data;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}

export async function startPrometheus({ target, rules }: PrometheusOptions): Promise<Prometheus> {
  const folder = await makeFolder();
  await writeFile(folder.file('prometheus.yml'), configOf(target, rules));
  let address = '';
  const program = await startProgram(
    [
      'prometheus',
      `--config.file=${folder.file('prometheus.yml')}`,
      `--storage.tsdb.path=${folder.file('data')}`,
      '--web.listen-address=127.0.0.1:0',
    ],
    async ({ stderr }) => {
      address = (await stderr.match(LISTENING))[1]!;
    },
  );
  return new Prometheus(`http://${address}`, program, folder);
}

function configOf(target: string, rules: string): string {
  return `
global: { scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 1s }
rule_files: [${JSON.stringify(rules)}]
scrape_configs:
  - job_name: sluice
    static_configs: [{ targets: [${JSON.stringify(target)}] }]
`;
}
