import { close, constants, fstatSync, openSync, statSync, write } from 'node:fs';
import { Socket } from 'node:net';

/** The name of standard output. */
export const STDOUT = 'stdout';

const STDOUT_FD = 1;
const MODE = 0o666;
const NEWLINE = 0x0a;

/** What lines are written to, one `write` at a time. */
export interface Sink {
  /** `rest` is what of the text was not written, from the line on that was cut. */
  write(lines: string, done: (error: Error | null, rest: string) => void): void;
  /** Let it go once what is being written is; a pipe at once, for its reader may never come. */
  close(): void;
}

/** Open `stdout` or a path, appended to. Throws the error of `open(2)`. */
export function openSink(to: string): Sink {
  if (to !== STDOUT) return isPipe(to) ? new PipeSink(openPipe(to)) : new FileSink(openFile(to));
  const stat = fstatSync(STDOUT_FD);
  const isStream = stat.isFIFO() || stat.isSocket();
  return isStream ? new PipeSink(STDOUT_FD) : new FileSink(STDOUT_FD);
}

function isPipe(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFIFO() === true;
}

function openFile(path: string): number {
  return openSync(path, 'a', MODE);
}

// For reading as well: so neither the edge's start waits for a reader, nor does it fail when one goes.
function openPipe(path: string): number {
  return openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
}

/** A file or a terminal: libuv's threads write to it. */
class FileSink implements Sink {
  readonly #fd: number;
  /** The last line there has no end. */
  #isTorn = false;
  #isWriting = false;
  #isClosed = false;

  constructor(fd: number) {
    this.#fd = fd;
  }

  write(lines: string, done: (error: Error | null, rest: string) => void): void {
    if (this.#isClosed) return done(new Error('the log is closed'), lines);
    this.#isWriting = true;
    // What came before a full disk's end must not become one line with what comes after it.
    const bytes = Buffer.from(this.#isTorn ? `\n${lines}` : lines);
    this.#writeFrom(bytes, 0, (error, end) => {
      this.#isWriting = false;
      if (end > 0) this.#isTorn = bytes[end - 1] !== NEWLINE;
      if (this.#isClosed) this.#release();
      done(error, end === 0 ? lines : bytes.toString('utf8', end));
    });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (!this.#isWriting) this.#release();
  }

  // A disk that fills up takes a part first, and says so at the next try.
  #writeFrom(bytes: Buffer, at: number, done: (error: Error | null, end: number) => void): void {
    write(this.#fd, bytes, at, bytes.length - at, null, (error, written) => {
      if (error !== null) return done(error, at);
      if (at + written === bytes.length) return done(null, bytes.length);
      this.#writeFrom(bytes, at + written, done);
    });
  }

  #release(): void {
    if (this.#fd !== STDOUT_FD) close(this.#fd, () => {});
  }
}

/** Not as a file: a write to a pipe that nobody reads would hold a thread, and with it the process's end. */
class PipeSink implements Sink {
  readonly #pipe: Socket;
  #abandon = () => {};

  constructor(fd: number) {
    this.#pipe = new Socket({ fd, readable: false, writable: true });
    // Told to `write`.
    this.#pipe.on('error', () => {});
  }

  write(lines: string, done: (error: Error | null, rest: string) => void): void {
    let isDone = false;
    const end = (error: Error | null) => {
      if (isDone) return;
      isDone = true;
      done(error, error === null ? '' : lines);
    };
    this.#abandon = () => end(new Error('nobody reads the pipe'));
    this.#pipe.write(lines, (error) => end(error ?? null));
  }

  close(): void {
    this.#pipe.destroy();
    this.#abandon();
  }
}
