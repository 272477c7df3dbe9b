import { MSG_MORE, SPLICE_F_MOVE, SPLICE_F_NONBLOCK } from '../system/linux.ts';
import { PIPE_BYTES, type Pipe } from './pipes.ts';
import type { Socket } from '../socket.ts';

/** Bytes one direction moves per round, so that no session keeps the others waiting. */
const ROUND_BYTES = 1_048_576;
/** A read that fills this much makes a direction bulk; one that finds less ends that. */
const COPY_BYTES = 16_384;
const SPLICE_FLAGS = SPLICE_F_MOVE | SPLICE_F_NONBLOCK;

/**
 * How a move ended: `idle` until an edge comes · `more` could be moved at once · `spent` all that
 * will ever come has been written · `from-broken`, `to-broken` that side was reset.
 */
export type Moved = 'idle' | 'more' | 'spent' | 'from-broken' | 'to-broken';

/** What is on its way between two sockets. A direction at rest has none. */
export class Flight {
  /** Bytes that were read and not yet written: no more than `COPY_BYTES`, or what was left of the head. */
  unsent: Uint8Array | null = null;
  /** Bytes that never left the kernel. */
  pipe: Pipe | null = null;
  bulk = false;
}

/** Move what can be moved now from one socket to another, within the bounds of a round. */
export function move(from: Socket, to: Socket): Moved {
  if (from.spent) return from.broken ? 'from-broken' : 'idle';
  const limit = from.received + ROUND_BYTES;
  while (from.received < limit) {
    const moved = step(from, to);
    if (moved !== null) return moved;
  }
  return 'more';
}

/** Have `first` written before anything that is read. */
export function sendFirst(from: Socket, first: Uint8Array): void {
  from.flight = new Flight();
  from.flight.unsent = first;
}

/** Give back what is borrowed; bytes in flight are lost. */
export function drop(from: Socket): void {
  if (from.flight !== null) land(from, from.flight);
  from.flight = null;
}

/** One read and its write; `null` when another may follow. */
function step(from: Socket, to: Socket): Moved | null {
  const { flight } = from;
  const written = flight === null ? 'all' : flush(flight, to);
  if (written !== 'all') return written;
  if (from.ended) return finish(from);
  if (!from.readable) return rest(from);
  return flight?.bulk === true ? splice(from, flight) : copy(from, to);
}

function finish(from: Socket): Moved {
  drop(from);
  from.spend();
  return 'spent';
}

function rest(from: Socket): Moved {
  if (from.flight !== null) land(from, from.flight);
  // A bulk direction stays one until it is seen to be slow.
  if (from.flight?.bulk === false) from.flight = null;
  return 'idle';
}

function land(from: Socket, flight: Flight): void {
  if (flight.pipe !== null) from.context.pipes.give(flight.pipe);
  flight.pipe = null;
}

/** Write what is in flight. */
function flush(flight: Flight, to: Socket): 'all' | 'idle' | 'to-broken' {
  if (flight.unsent !== null) {
    if (!to.writable) return 'idle';
    const count = to.writeBytes(flight.unsent, 0);
    if (count < 0) return 'to-broken';
    flight.unsent = count < flight.unsent.length ? flight.unsent.subarray(count) : null;
    if (flight.unsent !== null) return 'idle';
  }
  return flight.pipe === null ? 'all' : empty(flight.pipe, to);
}

function empty(pipe: Pipe, to: Socket): 'all' | 'idle' | 'to-broken' {
  const { libc } = to.context.loop;
  while (pipe.filled > 0) {
    if (!to.writable) return 'idle';
    const count = libc.splice(pipe.output, 0, to.fd, 0, pipe.filled, SPLICE_FLAGS);
    if (count > 0) pipe.filled -= count;
    else if (to.writeFailed() < 0) return 'to-broken';
  }
  return 'all';
}

function copy(from: Socket, to: Socket): Moved | null {
  const { scratch } = from.context;
  const count = from.read(scratch.address, COPY_BYTES);
  if (count <= 0) return nothingRead(from);
  if (count === COPY_BYTES) (from.flight ??= new Flight()).bulk = true;
  // The FIN that will follow then travels with the bytes.
  const written = to.write(scratch.address, count, from.ended ? MSG_MORE : 0);
  if (written < 0) return 'to-broken';
  if (written < count) {
    from.flight ??= new Flight();
    from.flight.unsent = Buffer.from(scratch.bytes.subarray(written, count));
  }
  return null;
}

function splice(from: Socket, flight: Flight): Moved | null {
  const { loop, pipes } = from.context;
  flight.pipe ??= pipes.borrow();
  // Without a pipe it goes as it can.
  flight.bulk = flight.pipe !== null;
  if (flight.pipe === null) return null;
  const count = loop.libc.splice(from.fd, 0, flight.pipe.input, 0, PIPE_BYTES, SPLICE_FLAGS);
  if (count < 0) {
    from.readFailed();
    return nothingRead(from);
  }
  flight.pipe.filled = count;
  flight.bulk = count >= COPY_BYTES;
  from.took(count);
  return null;
}

/** After a read that gave nothing: for now, at the end, or for good. */
function nothingRead(from: Socket): Moved | null {
  return from.errno === 0 ? null : 'from-broken';
}
