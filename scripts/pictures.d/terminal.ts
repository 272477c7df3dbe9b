import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { makeFolder, type Folder } from '../../test/support/folder.ts';

const run = promisify(execFile);

const COLUMNS = 110;

/** A program in a terminal of its own, which tmux draws. `await using` ends both. */
export class Terminal implements AsyncDisposable {
  readonly #folder: Folder;
  readonly #tmux: (...args: string[]) => Promise<string>;

  private constructor(folder: Folder) {
    this.#folder = folder;
    // Its own socket and no settings of whoever runs this.
    const socket = folder.file(`tmux-${randomUUID()}`);
    this.#tmux = async (...args) => {
      const { stdout } = await run('tmux', ['-S', socket, '-f', '/dev/null', ...args]);
      return stdout;
    };
  }

  static async open(command: readonly string[], rows: number): Promise<Terminal> {
    const terminal = new Terminal(await makeFolder());
    const size = ['-x', String(COLUMNS), '-y', String(rows)];
    const environment = ['env', 'TERM=xterm-256color', 'COLORTERM=', ...command];
    await terminal.#tmux('new-session', '-d', ...size, ...environment);
    return terminal;
  }

  /** The screen as it is, a line each, with the sequences for its colours. */
  async capture(): Promise<readonly string[]> {
    const text = await this.#tmux('capture-pane', '-p', '-e');
    return text.replace(/\n$/, '').split('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux('kill-server').catch(() => {});
    await this.#folder[Symbol.asyncDispose]();
  }
}
