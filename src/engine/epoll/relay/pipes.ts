import type { Loop } from '../loop/loop.ts';
import { F_SETPIPE_SZ, O_CLOEXEC, O_NONBLOCK } from '../system/linux.ts';
import { Memory } from '../system/memory.ts';

/** What a pipe is asked to hold. The kernel may grant less, and counts buffers rather than bytes. */
export const PIPE_BYTES = 1_048_576;
/** Pipes kept for the next transfer. */
const MAX_SPARE = 32;

/** A pipe whose content never leaves the kernel. */
export interface Pipe {
  readonly output: number;
  readonly input: number;
  /** Bytes in it. */
  filled: number;
}

/**
 * The pipes of one worker, lent out only while bytes are in flight. A direction whose receiver does not read
 * keeps its own for as long as that lasts, so there are at most `max`, of two descriptors and `PIPE_BYTES` of
 * kernel memory each. Whoever finds none copies, and holds no more than one read meanwhile.
 */
export class Pipes {
  readonly #loop: Loop;
  readonly #max: number;
  readonly #pair: Memory;
  readonly #spare: Pipe[] = [];
  /** Lent or spare. */
  #count = 0;

  constructor(loop: Loop, max: number) {
    this.#loop = loop;
    this.#max = max;
    this.#pair = new Memory(loop.libc, 8);
  }

  /** An empty pipe; `null` when there is none to be had: `max` are lent, or no descriptor is left. */
  borrow(): Pipe | null {
    return this.#spare.pop() ?? this.#open();
  }

  give(pipe: Pipe): void {
    if (pipe.filled === 0 && this.#spare.length < MAX_SPARE) {
      this.#spare.push(pipe);
      return;
    }
    this.#count--;
    this.#loop.descriptors.close(pipe.output);
    this.#loop.descriptors.close(pipe.input);
  }

  #open(): Pipe | null {
    if (this.#count >= this.#max) return null;
    const { libc, descriptors } = this.#loop;
    if (libc.pipe2(this.#pair.address, O_NONBLOCK | O_CLOEXEC) === -1) return null;
    const output = descriptors.opened(this.#pair.words[0]!);
    const input = descriptors.opened(this.#pair.words[1]!);
    libc.fcntl(input, F_SETPIPE_SZ, PIPE_BYTES);
    this.#count++;
    return { output, input, filled: 0 };
  }
}
