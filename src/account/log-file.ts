import { appendFile, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';

/** What may wait for a slow disk or a stuck pipe. Beyond it lines are lost, and counted. */
const MAX_WAITING_LENGTH = 1 << 20;
const CLOSE_TIMEOUT_MS = 1000;
const STDOUT = 1;

interface Sink {
  write(lines: string, done: (error?: Error | null) => void): void;
  /** Give up what is being written. */
  close(): void;
}

/** Where access lines go: written behind the back of the event loop, and never waited for. */
export class LogFile {
  readonly #sink: Sink;
  readonly #onError: (error: Error) => void;
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
    this.#sink = openSink(to);
    this.#onError = onError;
  }

  /** Lines lost so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whole lines, each ending in a newline. */
  write(lines: string): void {
    const length = this.#writing.length + this.#waiting.length + lines.length;
    if (length > MAX_WAITING_LENGTH) return this.#drop(lines);
    this.#waiting += lines;
    if (this.#writing === '') this.#writeOn();
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
    this.#sink.write(this.#writing, (error) => {
      if (error) this.#fail(error);
      else this.#isFailing = false;
      this.#writeOn();
    });
  }

  #fail(error: Error): void {
    this.#drop(this.#writing);
    if (!this.#isFailing) this.#onError(error);
    this.#isFailing = true;
  }

  #drop(lines: string): void {
    this.#dropped += lines.split('\n').length - 1;
  }
}

function openSink(to: string): Sink {
  if (to !== 'stdout') return fileSink(openSync(to, 'a'));
  const stat = fstatSync(STDOUT);
  return stat.isFIFO() || stat.isSocket() ? pipeSink(STDOUT) : fileSink(STDOUT);
}

function fileSink(fd: number): Sink {
  return { write: (lines, done) => appendFile(fd, lines, done), close: () => {} };
}

// Not as a file: a write to a pipe that nobody reads would hold a thread, and with it the process's end.
function pipeSink(fd: number): Sink {
  const pipe = new Socket({ fd, readable: false, writable: true });
  // Told to `write`.
  pipe.on('error', () => {});
  return { write: (lines, done) => void pipe.write(lines, done), close: () => pipe.destroy() };
}
