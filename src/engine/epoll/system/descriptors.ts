import { closeSync } from 'node:fs';
import type { Libc } from './libc.ts';

/**
 * The descriptors that one worker has open, one byte per number, in memory that outlives its thread.
 * Numbers past the end of the ledger are not recorded.
 */
export class Descriptors {
  readonly #libc: Libc;
  readonly #ledger: Uint8Array;

  constructor(libc: Libc, ledger: SharedArrayBuffer) {
    this.#libc = libc;
    this.#ledger = new Uint8Array(ledger);
  }

  /** Record the result of a call that opens a descriptor, and return it; -1 passes through. */
  opened(fd: number): number {
    if (fd >= 0) this.#ledger[fd] = 1;
    return fd;
  }

  close(fd: number): void {
    // First: once closed, the number may be another thread's, and a recorded number gets closed.
    this.#ledger[fd] = 0;
    this.#libc.close(fd);
  }

  closeAll(): void {
    for (let fd = this.#ledger.indexOf(1); fd !== -1; fd = this.#ledger.indexOf(1, fd)) {
      this.close(fd);
    }
  }
}

/** Close what a worker that is gone left open. Returns how many descriptors that were. */
export function closeOrphans(ledger: SharedArrayBuffer): number {
  const open = new Uint8Array(ledger);
  let closed = 0;
  for (let fd = open.indexOf(1); fd !== -1; fd = open.indexOf(1, fd)) {
    open[fd] = 0;
    closeSync(fd);
    closed += 1;
  }
  return closed;
}
