import { pino } from 'pino';

/** Bytes waiting for a slow disk or a stuck pipe. Beyond it lines are lost, and counted. */
const MAX_WAITING_BYTES = 1 << 20;
const FLUSH_TIMEOUT_MS = 1000;

/** Where access lines go: written behind the back of the event loop, and never waited for. */
export class LogFile {
  readonly #destination: ReturnType<typeof pino.destination>;
  readonly #onError: (error: Error) => void;
  #dropped = 0;
  #failing = false;

  /**
   * `to` is `stdout` or a path, appended to. `onError` is told when writing begins to fail, not of
   * every line that is lost meanwhile.
   */
  constructor(to: string, onError: (error: Error) => void) {
    const dest = to === 'stdout' ? 1 : to;
    this.#onError = onError;
    this.#destination = pino.destination({ dest, sync: false, maxLength: MAX_WAITING_BYTES });
    this.#destination.on('drop', (lines: string) => this.#countDropped(lines));
    this.#destination.on('error', (error: Error) => this.#fail(error));
    this.#destination.on('write', () => {
      this.#failing = false;
    });
  }

  /** Lines lost so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whole lines, each ending in a newline. */
  write(lines: string): void {
    this.#destination.write(lines);
  }

  /** Write what waits, for a moment at most: a disk that is full must not keep the process. */
  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const flushed = new Promise<void>((resolve) => {
      this.#destination.flush(() => resolve());
      timer = setTimeout(resolve, FLUSH_TIMEOUT_MS);
    });
    await flushed;
    clearTimeout(timer);
  }

  #countDropped(lines: string): void {
    this.#dropped += lines.split('\n').length - 1;
  }

  #fail(error: Error): void {
    if (!this.#failing) this.#onError(error);
    this.#failing = true;
  }
}
