import type { Loop } from '../loop/loop.ts';
import { EPOLL_CLOEXEC } from '../system/linux.ts';

/**
 * Descriptors kept for the moment when there are no more, one for each client that can be accepted
 * before anybody notices: those can then still be given their backend. Nobody else is accepted until
 * the reserve is whole again.
 */
export class Reserve {
  readonly #loop: Loop;
  readonly #size: number;
  readonly #held: number[] = [];

  constructor(loop: Loop, size: number) {
    this.#loop = loop;
    this.#size = size;
  }

  /** Free one descriptor. False when all are spent. */
  spend(): boolean {
    const fd = this.#held.pop();
    if (fd === undefined) return false;
    this.#loop.descriptors.close(fd);
    return true;
  }

  /** Make the reserve whole. False when there are no descriptors for that: errno says why. */
  restore(): boolean {
    const { libc, descriptors } = this.#loop;
    while (this.#held.length < this.#size) {
      const fd = descriptors.opened(libc.epoll_create1(EPOLL_CLOEXEC));
      if (fd === -1) return false;
      this.#held.push(fd);
    }
    return true;
  }
}
