// Long enough to be cheap, short enough that `tail -f` feels live.
const FLUSH_MS = 50;
const FLUSH_LENGTH = 64 * 1024;

/** Collects text and hands it on in pieces: one message to the control plane for many lines. */
export class LineBatch {
  readonly #send: (lines: string) => void;
  #lines = '';
  #timer: NodeJS.Timeout | null = null;

  constructor(send: (lines: string) => void) {
    this.#send = send;
  }

  add(line: string): void {
    this.#lines += line;
    if (this.#lines.length >= FLUSH_LENGTH) return this.flush();
    this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS);
  }

  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#lines === '') return;
    const lines = this.#lines;
    this.#lines = '';
    this.#send(lines);
  }
}
