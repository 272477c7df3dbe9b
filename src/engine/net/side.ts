import { performance } from 'node:perf_hooks';
import type { Socket } from 'node:net';
import { Held } from './held.ts';

/** Options of every socket of this engine, accepted or dialled. */
export const SOCKET_OPTIONS = {
  allowHalfOpen: true,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 60_000,
  // One chunk: a paused stream reads no further than that, and `drain` follows every write.
  highWaterMark: 1,
} as const;

const SIDE = Symbol('side');
const NOTHING = Buffer.alloc(0);

type SideSocket = Socket & { [SIDE]: Side };

/** What a side tells the one who watches it. After `closed` nothing comes. */
export interface Watch {
  bytes(side: Side, chunk: Buffer): void;
  /** Its FIN came. */
  ended(side: Side): void;
  /** Everything written to it has gone to the kernel. */
  drained(side: Side): void;
  closed(side: Side): void;
}

/** The watch of a side that nobody waits for. */
export const HOLD: Watch = {
  bytes: (side, chunk) => side.held.append(chunk),
  ended: () => {},
  drained: () => {},
  closed: () => {},
};

/**
 * Who cut the connection, if anybody did.
 *
 *     open ─┬▶ reset    they did, or the network
 *           └▶ closed   we did, by `close`, `reset` or `refuse`
 *
 * A side that has had both FINs closes by itself and stays `open` here.
 */
export type Fate = 'open' | 'reset' | 'closed';

/** Client or backend: a socket, what has come in from it, and who watches it. */
export class Side {
  readonly socket: Socket;
  readonly isTcp: boolean;
  readonly held = new Held();
  received = 0;
  firstByteAt = 0;
  fate: Fate = 'open';
  hasEnded = false;
  /** It ended without a byte while the other side had not. */
  hungUp = false;
  isClosed = false;
  isStalled = true;
  watch = HOLD;
  #stopsAfterChunk = false;

  /** `socket` is paused. */
  constructor(socket: Socket, isTcp: boolean) {
    this.socket = socket;
    this.isTcp = isTcp;
    (socket as SideSocket)[SIDE] = this;
    // Functions shared by all sockets: ten closures would be a good part of an idle session's memory.
    socket.on('error', onError);
    socket.on('data', onData);
    socket.on('end', onEnd);
    socket.on('drain', onDrain);
    socket.on('close', onClose);
  }

  /** Let bytes come in. */
  resume(): void {
    this.isStalled = false;
    if (this.#stopsAfterChunk) this.socket.read();
    else this.socket.resume();
  }

  /** Let no more in. One chunk may yet leave the kernel; it waits in the stream. */
  pause(): void {
    this.isStalled = true;
    this.socket.pause();
  }

  /** Send a FIN. Nothing may be left to write. */
  end(): void {
    this.socket.end();
    if (this.#stopsAfterChunk || this.hasEnded) return;
    // What `onEnd` does about resets takes a socket that can be written to. From here on the stream is
    // read on demand instead, which makes libuv stop after each chunk and so ask the kernel again. That
    // is two system calls more per chunk, too many for the time before.
    this.#stopsAfterChunk = true;
    this.socket.on('readable', onReadable);
  }

  /** Send a FIN and close; but a RST where bytes wait to be written, lest it take the cut for an end. */
  close(): void {
    if (this.socket.writableLength > 0) return this.reset();
    this.#leave();
    this.socket.destroy();
  }

  /** Send a RST and close. A unix socket knows no such thing and is closed. */
  reset(): void {
    this.#leave();
    const { socket } = this;
    if (socket.destroyed) return;
    if (!this.isTcp) socket.destroy();
    // libuv refuses to reset while a FIN is on its way into the kernel; node would leak the descriptor.
    else if (isShuttingDown(socket)) socket.once('finish', () => socket.resetAndDestroy());
    else socket.resetAndDestroy();
  }

  #leave(): void {
    if (this.fate === 'open') this.fate = 'closed';
  }
}

function isShuttingDown(socket: Socket): boolean {
  return socket.writableEnded && socket.writableLength === 0 && !socket.writableFinished;
}

function onError(this: Socket): void {
  const side = (this as SideSocket)[SIDE];
  if (side.fate === 'open') side.fate = 'reset';
}

function onData(this: Socket, chunk: Buffer): void {
  const side = (this as SideSocket)[SIDE];
  if (side.received === 0) side.firstByteAt = performance.now();
  side.received += chunk.length;
  side.watch.bytes(side, chunk);
}

function onReadable(this: Socket): void {
  // Not at once: node calls this before libuv is done with what it saw, and reading on is what misleads it.
  setImmediate(readOn, (this as SideSocket)[SIDE]);
}

function readOn(side: Side): void {
  if (!side.isStalled) side.socket.read();
}

function onEnd(this: Socket): void {
  const side = (this as SideSocket)[SIDE];
  if (!this.writable || !side.isTcp) return confirmEnd(side);
  // A reset right behind bytes reaches us as an end (libuv, uv__stream_io, at POLLHUP). Writing nothing
  // brings it out: the kernel fails the call. Writes that are queued fail by themselves, in this turn.
  this.write(NOTHING);
  setImmediate(confirmEnd, side);
}

function confirmEnd(side: Side): void {
  if (side.fate !== 'open') return;
  side.hasEnded = true;
  side.watch.ended(side);
}

function onDrain(this: Socket): void {
  const side = (this as SideSocket)[SIDE];
  side.watch.drained(side);
}

function onClose(this: Socket): void {
  const side = (this as SideSocket)[SIDE];
  side.isClosed = true;
  side.watch.closed(side);
}
