import { writeSync } from 'node:fs';

/** What may wait for a reader that does not come. Beyond it lines are lost, and counted. */
const MAX_WAITING_BYTES = 1 << 18;
const RETRY_MS = 20;
/** How long the process's end may be held up for a reader. */
const FLUSH_MS = 1000;

/**
 * Lines on a descriptor, each written at once as long as there is room, so that a crash loses none. Where a
 * pipe is full they wait in their order: the caller never does.
 */
export class LineOutput {
  readonly #fd: number;
  readonly #onFlow: (lost: number) => void;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  /** There was no room: lines are lost until all that waited is written, so that the gap is in one place. */
  #isFull = false;
  /** The first of them was written in part. */
  #isCut = false;
  /** The last line there has no end, and will not get one. */
  #isTorn = false;
  #dropped = 0;
  /** Lines lost that `onFlow` has not been told of. */
  #untold = 0;
  #retry: NodeJS.Timeout | null = null;

  /** `fd` does not block where it is a pipe. `onFlow` is told, once lines flow again, how many were lost. */
  constructor(fd: number, onFlow: (lost: number) => void) {
    this.#fd = fd;
    this.#onFlow = onFlow;
  }

  /** Lines lost so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** One line, ending in a newline. */
  write(line: string): void {
    const bytes = Buffer.from(line);
    if (this.#waitingBytes + bytes.length > MAX_WAITING_BYTES) this.#isFull = true;
    if (this.#isFull) return this.#drop();
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#waiting.length === 1) this.#writeOn();
  }

  /** Write what waits before the process ends: for a moment at most, a stuck pipe must not keep it. */
  flush(): void {
    const deadline = performance.now() + FLUSH_MS;
    this.#writeOn();
    while (this.#waiting.length > 0 && performance.now() < deadline) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
      this.#writeOn();
    }
  }

  #writeOn(): void {
    let isFlowing = false;
    while (this.#waiting.length > 0) {
      const written = this.#writeFirst();
      if (written === 'full') return this.#tryLater();
      isFlowing = written === 'done';
    }
    this.#isFull = false;
    if (isFlowing && this.#untold > 0) this.#tell();
  }

  #writeFirst(): 'done' | 'failed' | 'full' {
    const line = this.#waiting[0]!;
    try {
      if (this.#isTorn) this.#isTorn = writeSync(this.#fd, '\n') === 0;
      const rest = line.subarray(writeSync(this.#fd, line));
      this.#waitingBytes -= line.length - rest.length;
      this.#isCut = rest.length > 0;
      if (this.#isCut) this.#waiting[0] = rest;
      else this.#waiting.shift();
      return 'done';
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 'full';
      // A full disk, or a reader that went away: the next line may do better.
      this.#isTorn ||= this.#isCut;
      this.#isCut = false;
      this.#waiting.shift();
      this.#waitingBytes -= line.length;
      this.#drop();
      return 'failed';
    }
  }

  #tryLater(): void {
    if (this.#retry !== null) return;
    this.#retry = setTimeout(() => {
      this.#retry = null;
      this.#writeOn();
    }, RETRY_MS);
    this.#retry.unref();
  }

  #tell(): void {
    const lost = this.#untold;
    this.#untold = 0;
    this.#onFlow(lost);
  }

  #drop(): void {
    this.#dropped++;
    this.#untold++;
  }
}
