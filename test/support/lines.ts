import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { within } from './wait.ts';

/** The lines a program has printed so far. */
export class Lines {
  readonly seen: string[] = [];
  #ended = false;
  #wake: (() => void)[] = [];

  constructor(stream: Readable) {
    const lines = createInterface({ input: stream });
    lines.on('line', (line) => this.#changed(line));
    lines.on('close', () => this.#changed(null));
  }

  get text(): string {
    return this.seen.join('\n');
  }

  /**
   * Show every line once, past and to come, to `look` until it returns something. Rejects when the
   * program ends without it, or at the deadline, with everything it printed.
   */
  find<T>(look: (line: string) => T | undefined, what: string, from = 0): Promise<T> {
    return within(this.#find(look, what, from), () => `${what} was not printed:\n${this.text}`);
  }

  /** The first line that matches, counting lines from `from` on. */
  match(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    return this.find((line) => pattern.exec(line) ?? undefined, String(pattern), from);
  }

  async #find<T>(look: (line: string) => T | undefined, what: string, from: number): Promise<T> {
    for (let next = from; ; next++) {
      while (next >= this.seen.length) {
        if (this.#ended) throw new Error(`it ended without printing ${what}:\n${this.text}`);
        await new Promise<void>((resolve) => this.#wake.push(resolve));
      }
      const found = look(this.seen[next]!);
      if (found !== undefined) return found;
    }
  }

  #changed(line: string | null): void {
    if (line === null) this.#ended = true;
    else this.seen.push(line);
    for (const wake of this.#wake.splice(0)) wake();
  }
}
