import type { RelayOptions, RelayEnd, RelayOwner } from '../../engine.ts';
import type { Backend } from '../backend.ts';
import type { Client } from '../client.ts';
import { drop, move, sendFirst, type Moved } from './flow.ts';
import { Deadline } from '../loop/deadlines.ts';
import { keepAlive } from '../system/keep-alive.ts';
import type { Resumable } from '../loop/loop.ts';
import type { Socket, Waiter } from '../socket.ts';

/** A session that lives so long is worth the calls that tell whether its backend still does. */
const KEEP_ALIVE_AFTER_MS = 15_000;

/** Moving bytes both ways until both directions have ended. */
export class Relay extends Deadline implements Waiter, Resumable {
  readonly #client: Client;
  readonly #backend: Backend;
  readonly #idleTimeoutMs: number;
  readonly #halfCloseTimeoutMs: number;
  readonly #owner: RelayOwner;
  #movedAt: number;
  #keptAlive = false;

  constructor(client: Client, backend: Backend, options: RelayOptions, owner: RelayOwner) {
    super();
    this.#client = client;
    this.#backend = backend;
    this.#idleTimeoutMs = options.idleTimeoutMs;
    this.#halfCloseTimeoutMs = options.halfCloseTimeoutMs;
    this.#owner = owner;
    this.#movedAt = client.context.loop.now;
    const rest = client.takeHead();
    if (rest !== null) sendFirst(client, rest);
  }

  start(): void {
    if (this.#client.fd === -1) this.closed(this.#client);
    else if (this.#backend.fd === -1) this.closed(this.#backend);
    else this.#begin();
  }

  // An edge means that bytes came or were taken: nothing else keeps a session from being idle.
  ready(): void {
    this.#movedAt = this.#client.context.loop.now;
    this.#move();
  }

  resume(): void {
    if (this.#client.waiter === this) this.#move();
  }

  expire(): void {
    const { now } = this.#client.context.loop;
    if (this.#movedAt + this.#patience() < now) {
      this.#end(this.#halfClosed() ? 'half-close-timeout' : 'idle-timeout');
      return;
    }
    if (!this.#keptAlive) keepAlive(this.#backend);
    this.#keptAlive = true;
    this.#setDeadline();
  }

  closed(socket: Socket): void {
    this.#end(socket === this.#client ? 'client-aborted' : 'backend-aborted');
  }

  #begin(): void {
    this.#client.waiter = this;
    this.#backend.waiter = this;
    this.#client.watchInput();
    this.#backend.watchInput();
    this.#setDeadline();
    this.#move();
  }

  /** Move what can be moved, both ways. */
  #move(): void {
    const down = move(this.#backend, this.#client);
    const up = move(this.#client, this.#backend);
    if (down === 'from-broken' || up === 'to-broken') this.#abort('backend-aborted');
    else if (down === 'to-broken' || up === 'from-broken') this.#abort('client-aborted');
    else if (this.#client.spent && this.#backend.spent) this.#end('ok');
    else this.#goOn(down, up);
  }

  #goOn(down: Moved, up: Moved): void {
    if (down === 'spent') this.#backendEnded();
    if (up === 'spent') this.#halfClose(this.#backend);
    if (down === 'more' || up === 'more') this.#client.context.loop.again(this);
  }

  // Before the FIN goes on: what the client does after it, it does because of it.
  #backendEnded(): void {
    const { finished, ended } = this.#client;
    if (this.#backend.received === 0 && !finished && !ended) this.#backend.hangUp();
    this.#halfClose(this.#client);
  }

  #halfClose(to: Socket): void {
    to.endOutput();
    this.#setDeadline();
  }

  #halfClosed(): boolean {
    return this.#client.spent || this.#backend.spent;
  }

  #patience(): number {
    return this.#halfClosed() ? this.#halfCloseTimeoutMs : this.#idleTimeoutMs;
  }

  // What moves in the meantime only changes `movedAt`: the deadline looks at it when it is reached.
  #setDeadline(): void {
    const idle = this.#movedAt + this.#patience();
    const { loop } = this.#client.context;
    const first = this.#keptAlive ? Infinity : loop.now + KEEP_ALIVE_AFTER_MS;
    loop.deadlines.set(this, Math.min(idle, first));
  }

  #abort(end: RelayEnd): void {
    const other = end === 'client-aborted' ? this.#backend : this.#client;
    other.waiter = null;
    other.reset();
    this.#end(end);
  }

  #end(end: RelayEnd): void {
    leave(this.#client);
    leave(this.#backend);
    const { loop } = this.#client.context;
    loop.deadlines.cancel(this);
    loop.handOver = true;
    this.#owner.relayed(end);
  }
}

function leave(socket: Socket): void {
  drop(socket);
  socket.waiter = null;
  socket.close();
}
