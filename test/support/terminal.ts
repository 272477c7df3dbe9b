import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { makeFolder, type Folder } from './folder.ts';
import { startProgram, type Program } from './program.ts';
import { eventually } from './wait.ts';

const run = promisify(execFile);

// The command is gone, and its terminal stays to be looked at: its settings, then a reader of keys.
const SCRIPT = '"$@"; echo "ended $?"; stty -a; exec cat';

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** What the terminal itself is in, as tmux knows it. */
export interface TerminalState {
  readonly isAlternate: boolean;
  readonly hasCursor: boolean;
  readonly wraps: boolean;
}

/** A terminal with a command in it, by tmux: a real pty, and a screen that can be read. */
export class Terminal implements AsyncDisposable {
  readonly #server: Program;
  readonly #folder: Folder;

  constructor(server: Program, folder: Folder) {
    this.#server = server;
    this.#folder = folder;
  }

  /** Give tmux a command. Resolves with what it prints. */
  async tmux(...args: readonly string[]): Promise<string> {
    return (await tmux(this.#folder, args)).trimEnd();
  }

  /** What is on the screen, without what is blank at its right and below. */
  screen(): Promise<string> {
    return this.tmux('capture-pane', '-p');
  }

  /** Wait for a screen that has this, and resolve with it. */
  async waitFor(what: RegExp): Promise<string> {
    let screen = '';
    const look = async () => what.test((screen = await this.screen()));
    await eventually(look).catch((error: unknown) => {
      throw new Error(`no ${String(what)} on the screen:\n${screen}`, { cause: error });
    });
    return screen;
  }

  /** Press keys as tmux calls them: `q`, `Tab`, `Enter`, `C-c`. */
  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.tmux('send-keys', key);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** Signal the command. */
  async signal(signal: NodeJS.Signals): Promise<void> {
    const shell = await this.tmux('display-message', '-p', '#{pane_pid}');
    const children = await readFile(`/proc/${shell}/task/${shell}/children`, 'utf8');
    process.kill(Number(children.trim().split(' ')[0]), signal);
  }

  async state(): Promise<TerminalState> {
    const flags = '#{alternate_on} #{cursor_flag} #{wrap_flag}';
    const [alternate, cursor, wrap] = (await this.tmux('display-message', '-p', flags)).split(' ');
    return { isAlternate: alternate === '1', hasCursor: cursor === '1', wraps: wrap === '1' };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}

/** Run a command in a terminal of its own. */
export async function startTerminal(
  command: readonly string[],
  { columns = 80, rows = 24, env = {} }: TerminalOptions = {},
): Promise<Terminal> {
  const folder = await makeFolder();
  try {
    const args = ['-S', folder.file('tmux'), '-f', '/dev/null', '-u', '-D'];
    const variables = { ...cleanEnvironment(), TERM: 'xterm-256color', ...env };
    const server = await startProgram(
      ['tmux', ...args],
      () => eventually(() => tmux(folder, ['show-options', '-g', '-s', 'exit-empty'])),
      { env: variables, endBy: 'SIGTERM' },
    );
    const size = ['-x', String(columns), '-y', String(rows)];
    await tmux(folder, ['new-session', '-d', ...size, 'sh', '-c', SCRIPT, 'sh', ...command]);
    return new Terminal(server, folder);
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}

/** Why there is no terminal here, or `false`. */
export async function terminalMissing(): Promise<string | false> {
  try {
    await run('tmux', ['-V']);
    return false;
  } catch {
    return 'tmux is not installed: scripts/install test';
  }
}

async function tmux(folder: Folder, args: readonly string[]): Promise<string> {
  const { stdout } = await run('tmux', ['-S', folder.file('tmux'), ...args]);
  return stdout;
}

// A tmux that the test itself runs in is none of ours, and neither are settings of sluice.
function cleanEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(([name]) => !/^(?:SLUICE_|TMUX)/.test(name));
  return Object.fromEntries(entries);
}
