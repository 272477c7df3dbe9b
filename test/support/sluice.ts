import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFolder, type Folder } from './folder.ts';
import { readMetrics, sumOf, type Metrics } from './metrics.ts';
import { Program, startProgram, type ProgramEnd } from './program.ts';
import { eventually, within } from './wait.ts';

// The command line of the same build as this file.
const CLI = join(import.meta.dirname, '../../src/cli.js');
// `scripts/test` runs what uses this once with each engine. One worker, so that what one session does to
// the next does not depend on who accepts it. A test that needs it otherwise says so in `args`.
const ENGINE = [`--engine=${process.env['TEST_ENGINE'] ?? 'auto'}`, '--workers=1'];

// In `args`: then the routes come from there.
const NAMES_REDIS = /^--redis-(?:sentinel|cluster)$/;

export interface SluiceOptions {
  /** Their order is that of `addresses`. By default one for TLS and one for HTTP. */
  readonly listeners?: readonly string[];
  /** What the route file says. Without it and without `redis`, there are no routes. */
  readonly routes?: object;
  readonly redis?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The limit on its open descriptors, soft and hard: default ours. */
  readonly descriptors?: number;
  /** Dial backends on loopback and unix sockets below the temporary folder: default yes. */
  readonly allowLocalBackends?: boolean;
  /** Wait until routes have been read: default yes. */
  readonly ready?: boolean;
}

/** A line of the log: at least its level and message. */
export type LogLine = Readonly<Record<string, unknown>> & {
  readonly level?: string;
  readonly msg?: string;
  readonly listener?: string;
  readonly address?: string;
};

/** A line of the access log. */
export type SessionLine = LogLine & {
  readonly id: string;
  readonly listener: string;
  readonly client: string;
  readonly protocol?: string;
  readonly host?: string;
  readonly route?: string;
  readonly backend?: string;
  readonly termination: string;
  readonly retries: number;
  readonly bytes_from_client: number;
  readonly bytes_from_backend: number;
};

/** The real sluice, running. `await using` kills it. */
export class Sluice implements AsyncDisposable {
  /** Where each listener listens, in the order of `listeners`: `127.0.0.1:41234`. */
  readonly addresses: readonly string[];
  /** `http://127.0.0.1:41235`. */
  readonly adminUrl: string;
  readonly program: Program;
  readonly #folder: Folder;

  constructor(program: Program, folder: Folder, bound: Bound) {
    this.program = program;
    this.#folder = folder;
    this.addresses = bound.addresses;
    this.adminUrl = `http://${bound.admin}`;
  }

  get pid(): number {
    return this.program.pid;
  }

  /** Where one of them listens, by its place in `listeners`. */
  address(index = 0): string {
    return this.addresses[index]!;
  }

  /** The access log so far. */
  sessions(): SessionLine[] {
    return this.program.stdout.seen.flatMap(readJson) as SessionLine[];
  }

  /** The first session of the access log, past or to come, that `matches`. */
  waitForSession(matches: (line: SessionLine) => boolean): Promise<SessionLine> {
    const look = (line: string) => (readJson(line) as SessionLine[]).find(matches);
    return this.program.stdout.find(look, `a session such that ${matches.toString()}`);
  }

  /** The log so far. */
  log(): LogLine[] {
    return this.program.stderr.seen.flatMap(readJson);
  }

  /** The first line of the log, past or to come, that `matches`. */
  waitForLog(matches: (line: LogLine) => boolean): Promise<LogLine> {
    const look = (line: string) => readJson(line).find(matches);
    return this.program.stderr.find(look, `a log line such that ${matches.toString()}`);
  }

  /** Ask the admin listener for a page. */
  async admin(path: string): Promise<{ status: number; body: string }> {
    const response = await fetch(`${this.adminUrl}${path}`);
    return { status: response.status, body: await response.text() };
  }

  async metrics(): Promise<Metrics> {
    return readMetrics((await this.admin('/metrics')).body);
  }

  /** Scrape until the sum of the series with these labels is `value`. */
  async waitForMetric(
    name: string,
    labels: Readonly<Record<string, string>>,
    value: number,
  ): Promise<void> {
    await eventually(async () => {
      const sum = sumOf(await this.metrics(), name, labels);
      if (sum !== value) throw new Error(`${name} ${JSON.stringify(labels)} is ${sum}`);
      return true;
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.program.signal(signal);
  }

  /** Signal it and wait for its end. */
  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<ProgramEnd> {
    return this.program.stop(signal);
  }

  /** Rewrite the route file. */
  async writeRoutes(routes: object): Promise<void> {
    await writeRoutes(this.#folder, routes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}

/** Start `sluice serve` on free ports of loopback, and wait until it listens and has read its routes. */
export async function startSluice(options: SluiceOptions = {}): Promise<Sluice> {
  const { listeners = ['tls://127.0.0.1:0', 'http://127.0.0.1:0'], ready = true } = options;
  const folder = await makeFolder();
  try {
    const args = await serveArguments(options, listeners, folder);
    let bound: Bound | undefined;
    const program = await startProgram(
      [...limitedTo(options.descriptors), process.execPath, CLI, 'serve', ...args],
      async ({ stderr }) => {
        bound = await stderr.find(boundReader(listeners), 'where it listens');
        const isReady = (line: string) => readJson(line).find(({ msg }) => msg === 'ready');
        if (ready) await stderr.find(isReady, 'that it is ready');
      },
      { env: { ...cleanEnvironment(), ...options.env }, cwd: folder.path },
    );
    return new Sluice(program, folder, bound!);
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}

/** Run any command of sluice to its end. */
export async function runSluice(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ProgramEnd & { readonly stdout: string; readonly stderr: string }> {
  const command = [process.execPath, CLI, ...args];
  await using program = new Program(command, { env: { ...cleanEnvironment(), ...env } });
  const end = await within(program.ended, () => `it goes on:\n${program.stderr.text}`);
  return { ...end, stdout: program.stdout.text, stderr: program.stderr.text };
}

function limitedTo(descriptors: number | undefined): string[] {
  return descriptors === undefined ? [] : ['prlimit', `--nofile=${descriptors}`];
}

interface Bound {
  readonly addresses: readonly string[];
  readonly admin: string;
}

async function serveArguments(
  options: SluiceOptions,
  listeners: readonly string[],
  folder: Folder,
): Promise<string[]> {
  const { redis, routes = {}, args = [], allowLocalBackends = true } = options;
  if (redis === undefined) await writeRoutes(folder, routes);
  const file = args.some((arg) => NAMES_REDIS.test(arg)) ? [] : ['--routes', routesFile(folder)];
  const source = redis === undefined ? file : ['--redis', redis];
  const local = ['127.0.0.0/8', '::1', `unix:${tmpdir()}`];
  return [
    ...listeners.flatMap((listener) => ['--listen', listener]),
    ...(args.some((arg) => arg.startsWith('--admin=')) ? [] : ['--admin=127.0.0.1:0']),
    ...ENGINE.filter((flag) => !args.some((given) => given.startsWith(flag.split('=')[0]!))),
    ...source,
    ...(allowLocalBackends ? local.flatMap((rule) => ['--backend-allow', rule]) : []),
    ...args,
  ];
}

function routesFile(folder: Folder): string {
  return folder.file('routes.json');
}

function writeRoutes(folder: Folder, routes: object): Promise<void> {
  return writeFile(routesFile(folder), JSON.stringify(routes));
}

// What a developer has set for an edge of their own must not reach ours.
function cleanEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(([name]) => !name.startsWith('SLUICE_'));
  return Object.fromEntries(entries);
}

// Gathers the lines about sockets; two listeners may be written the same.
function boundReader(listeners: readonly string[]): (line: string) => Bound | undefined {
  const addresses: string[] = [];
  let admin: string | undefined;
  return (line) => {
    for (const { msg, listener, address } of readJson(line)) {
      if (msg === 'admin listening') admin = String(address);
      if (msg !== 'listening') continue;
      const place = listeners.findIndex((name, at) => name === listener && !(at in addresses));
      addresses[place] = String(address);
    }
    const bound = Object.keys(addresses).length;
    return admin !== undefined && bound === listeners.length ? { addresses, admin } : undefined;
  };
}

/** The JSON of a line, or nothing where it is something else. */
function readJson(line: string): LogLine[] {
  return line.startsWith('{') ? [JSON.parse(line) as LogLine] : [];
}
