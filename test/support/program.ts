import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Server } from 'node:net';
import { Lines } from './lines.ts';
import { within } from './wait.ts';

// From util-linux: the kernel signals the program when the test that started it dies, however it dies.
const SETPRIV = '/usr/bin/setpriv';

export interface ProgramOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** A listening socket it inherits as descriptor 3. Ours is closed: from then on it is the program's. */
  readonly listening?: Server;
  /** What ends it when it is disposed of: SIGKILL, but for a program that must end its own children first. */
  readonly endBy?: 'SIGKILL' | 'SIGTERM';
}

/** How a program ended: its exit code, or the signal that ended it. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A real program of ours. `await using` ends it by its handle, whatever state it is in. */
export class Program implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly stdout: Lines;
  readonly stderr: Lines;
  /** Resolves when it has ended and everything it printed has been read. */
  readonly ended: Promise<ProgramEnd>;
  readonly #endBy: NodeJS.Signals;

  constructor(command: readonly string[], options: ProgramOptions = {}) {
    const { env = process.env, cwd, listening, endBy = 'SIGKILL' } = options;
    const leash = existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', endBy.slice('SIG'.length)] : [];
    const [file, ...args] = [...leash, ...command];
    this.#endBy = endBy;
    this.child = spawn(file!, args, { env, stdio: stdioWith(listening), ...(cwd && { cwd }) });
    listening?.close();
    this.stdout = new Lines(this.child.stdout!);
    this.stderr = new Lines(this.child.stderr!);
    this.ended = once(this.child, 'close').then(([code, signal]) => ({ code, signal }));
    // Told to whoever asks for `ended`; nobody else has to.
    this.ended.catch(() => undefined);
  }

  get pid(): number {
    return this.child.pid!;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Signal it and wait for its end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<ProgramEnd> {
    this.signal(signal);
    return within(this.ended, () => `${signal} did not end it:\n${this.stderr.text}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.pid === undefined) return;
    await this.stop(this.#endBy);
  }
}

/** Start a program and wait until `isReady`; when that fails it is ended, and the error says what it printed. */
export async function startProgram(
  command: readonly string[],
  isReady: (program: Program) => Promise<unknown>,
  options: ProgramOptions = {},
): Promise<Program> {
  const program = new Program(command, options);
  try {
    await isReady(program);
    return program;
  } catch (error) {
    await program[Symbol.asyncDispose]();
    const printed = [program.stdout.text, program.stderr.text].join('\n').trim();
    throw new Error(`${command[0]} did not start: ${printed || String(error)}`, { cause: error });
  }
}

function stdioWith(listening: Server | undefined): StdioOptions {
  const usual: StdioOptions = ['pipe', 'pipe', 'pipe'];
  return listening === undefined ? usual : [...usual, descriptorOf(listening)];
}

// Node has no public name for it, and every version from 20 to 26 has this one.
function descriptorOf(server: Server): number {
  return (server as unknown as { readonly _handle: { readonly fd: number } })._handle.fd;
}
