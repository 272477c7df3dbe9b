import type { FirstReply } from '../engine.ts';
import { PEEK_BYTES, type Client } from './client.ts';
import type { Backend } from './backend.ts';
import { MSG_PEEK } from './system/linux.ts';
import { Pending } from './loop/pending.ts';
import { sendFirst } from './relay/flow.ts';
import type { Socket, Waiter } from './socket.ts';

/** See `Engine.firstReply`. */
export function awaitFirstReply(
  client: Client,
  backend: Backend,
  timeoutMs: number,
): Promise<FirstReply> {
  const verdict = firstReply(client, backend);
  if (verdict !== null) return Promise.resolve(verdict);
  return new FirstReplyWait(client, backend).wait(timeoutMs);
}

/** Waiting for the backend's first byte or end, or for the client to speak on. */
class FirstReplyWait implements Waiter {
  readonly #client: Client;
  readonly #backend: Backend;
  readonly #pending: Pending<FirstReply>;

  constructor(client: Client, backend: Backend) {
    this.#client = client;
    this.#backend = backend;
    this.#pending = new Pending(client.context.loop, this);
  }

  wait(timeoutMs: number): Promise<FirstReply> {
    this.#client.waiter = this;
    this.#backend.waiter = this;
    this.#client.watchInput();
    this.#backend.watchInput();
    this.#pending.expireAt(this.#client.context.loop.now + timeoutMs);
    return this.#pending.outcome;
  }

  ready(): void {
    const verdict = firstReply(this.#client, this.#backend);
    if (verdict !== null) this.#end(verdict);
  }

  expire(): void {
    this.#end('timeout');
  }

  closed(socket: Socket): void {
    this.#end(socket === this.#client ? 'client-spoke' : 'refused');
  }

  #end(verdict: FirstReply): void {
    this.#client.waiter = null;
    this.#backend.waiter = null;
    this.#pending.settle(verdict);
  }
}

/** Who has made a move already; `null` while neither has. */
function firstReply(client: Client, backend: Backend): FirstReply | null {
  if (client.fd === -1 || client.ended) return 'client-spoke';
  if (backend.fd === -1 || backend.ended) return 'refused';
  if (backend.readable) {
    const verdict = look(backend);
    if (verdict !== null) return verdict;
  }
  if (client.readable && peekByte(client) !== null) return 'client-spoke';
  return null;
}

function look(backend: Backend): FirstReply | null {
  // An edge without a FIN or an error can only mean bytes; only a mixture has to be looked into.
  if (backend.finished || backend.broken) return takeReply(backend);
  backend.began();
  return 'answered';
}

// Read and not peeked at: the relay comes next and writes it, which saves it a call.
function takeReply(backend: Backend): FirstReply | null {
  const { heads } = backend.context;
  const count = backend.read(heads.address, PEEK_BYTES);
  if (count > 0) sendFirst(backend, heads.keep(count));
  if (count > 0) return 'answered';
  return count === 0 || backend.readable ? 'refused' : null;
}

/** Whether there is a byte to read: false when there will never be, `null` when there is none yet. */
function peekByte(socket: Socket): boolean | null {
  if (socket.errno !== 0) return false;
  const { loop, scratch } = socket.context;
  const count = loop.libc.recv(socket.fd, scratch.address, 1, MSG_PEEK);
  if (count >= 0) return count > 0;
  socket.readFailed();
  return socket.readable ? false : null;
}
