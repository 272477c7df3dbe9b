import type { PeekEnd } from '../engine.ts';
import type { Client } from './client.ts';
import { Pending } from './loop/pending.ts';
import type { Waiter } from './socket.ts';

/** Waiting for a client's head to become longer than `length`. */
export class Peek implements Waiter {
  readonly #client: Client;
  readonly #length: number;
  readonly #pending: Pending<PeekEnd>;

  constructor(client: Client, length: number) {
    this.#client = client;
    this.#length = length;
    this.#pending = new Pending(client.context.loop, this);
  }

  wait(timeoutMs: number): Promise<PeekEnd> {
    this.#client.waiter = this;
    this.#client.watchInput();
    this.#pending.expireAt(this.#client.context.loop.now + timeoutMs);
    return this.#pending.outcome;
  }

  ready(): void {
    const end = this.#client.fill(this.#length);
    if (end !== null) this.#end(end);
  }

  expire(): void {
    this.#end('timeout');
  }

  closed(): void {
    this.#pending.settle('closed');
  }

  #end(end: PeekEnd): void {
    this.#client.waiter = null;
    this.#pending.settle(end);
  }
}
