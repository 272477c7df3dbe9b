import { openSink, STDOUT, type Sink } from './log-sink.ts';

/** What may wait for a slow disk or a stuck pipe. Beyond it lines are lost, and counted. */
const MAX_WAITING_LENGTH = 1 << 20;
const CLOSE_TIMEOUT_MS = 1000;

/** Where access lines go: written behind the back of the event loop, and never waited for. */
export class LogFile {
  readonly #to: string;
  readonly #onError: (error: Error) => void;
  #sink: Sink;
  #waiting = '';
  #writing = '';
  #dropped = 0;
  #isFailing = false;
  #onIdle = () => {};

  /**
   * `to` is `stdout` or a path, appended to; throws where that cannot be opened. `onError` is told when
   * writing begins to fail, not of every line that is lost meanwhile.
   */
  constructor(to: string, onError: (error: Error) => void) {
    this.#to = to;
    this.#sink = openSink(to);
    this.#onError = onError;
  }

  /** Lines lost so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** How much is not written yet, in characters. */
  get queued(): number {
    return this.#writing.length + this.#waiting.length;
  }

  /** Whether writing fails at present. */
  get isFailing(): boolean {
    return this.#isFailing;
  }

  /** Whole lines, each ending in a newline. */
  write(lines: string): void {
    if (this.queued + lines.length > MAX_WAITING_LENGTH) return this.#drop(countLines(lines));
    this.#waiting += lines;
    if (this.#writing === '') this.#writeOn();
  }

  /**
   * Go on in the file that has the name now: the old one was renamed. What is being written ends up in the
   * old one, nothing is lost between them. Throws where it cannot be opened, and stays with the old one.
   * Returns false where there is no name, on standard output.
   */
  reopen(): boolean {
    if (this.#to === STDOUT) return false;
    const old = this.#sink;
    this.#sink = openSink(this.#to);
    old.close();
    return true;
  }

  /** Write what waits, for a moment at most: a pipe that is stuck must not keep the process. */
  async close(): Promise<void> {
    if (this.#writing !== '') {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
        setTimeout(resolve, CLOSE_TIMEOUT_MS).unref();
      });
    }
    this.#sink.close();
  }

  #writeOn(): void {
    this.#writing = this.#waiting;
    this.#waiting = '';
    if (this.#writing === '') return this.#onIdle();
    this.#sink.write(this.#writing, (error, rest) => {
      if (error === null) this.#isFailing = false;
      else this.#fail(error, rest);
      this.#writeOn();
    });
  }

  #fail(error: Error, rest: string): void {
    this.#drop(countLines(rest));
    if (!this.#isFailing) this.#onError(error);
    this.#isFailing = true;
  }

  #drop(lines: number): void {
    this.#dropped += lines;
  }
}

function countLines(text: string): number {
  return text.split('\n').length - 1;
}
