import { performance } from 'node:perf_hooks';
import { Deadlines } from './deadlines.ts';
import { Descriptors } from '../system/descriptors.ts';
import { EAGAIN, EINTR, lastError, type Libc } from '../system/libc.ts';
import {
  EPOLL_CLOEXEC,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLIN,
  EVENT_LAYOUTS,
  type EventLayout,
} from '../system/linux.ts';
import { Memory } from '../system/memory.ts';
import { TurnWaits } from '../../turn-waits.ts';
import type { Source } from './source.ts';

/** Events taken per wait: a round is short enough that libuv's own work does not wait long. */
const BATCH = 256;
const MAX_INT32 = 0x7fff_ffff;

/** Work that a round left over, to be gone on with in the next. */
export interface Resumable {
  resume(): void;
}

/**
 * The epoll loop of one thread. It sleeps in epoll_wait(2), not in libuv, and libuv's own epoll
 * descriptor is one of its sources: so a message to the thread or any other handle ends the sleep, and
 * the sleep is never longer than libuv's own would have been. As soon as a promise was settled or libuv
 * has something to do, the loop hands the thread over with `setImmediate`.
 */
export class Loop {
  readonly libc: Libc;
  readonly descriptors: Descriptors;
  readonly deadlines: Deadlines;
  /** `performance.now()` at the start of this round, in whole milliseconds. */
  now = clock();
  /** Set by whoever runs, or settles a promise of, code outside the engine. */
  handOver = false;

  readonly #waits: TurnWaits;
  /** Since when this turn works, in fractional milliseconds. */
  #workingSince = 0;
  readonly #layout: EventLayout;
  readonly #epoll: number;
  readonly #events: Memory;
  readonly #event: Memory;
  readonly #sources: (Source | undefined)[] = [];
  #open = 0;
  #turning = false;
  #generation = 0;
  #keepAlive: NodeJS.Timeout | undefined;
  #count = 0;
  #at = 0;
  #leftOver: Resumable[] = [];

  /** `waits` is told of every turn. */
  constructor(libc: Libc, ledger: SharedArrayBuffer, waits = new TurnWaits()) {
    this.#waits = waits;
    this.libc = libc;
    this.descriptors = new Descriptors(libc, ledger);
    this.deadlines = new Deadlines(this.now);
    this.#layout = EVENT_LAYOUTS[process.arch]!;
    this.#events = new Memory(libc, BATCH * this.#layout.words * 4);
    this.#event = new Memory(libc, this.#layout.words * 4);
    this.#epoll = this.descriptors.opened(libc.epoll_create1(EPOLL_CLOEXEC));
    if (this.#epoll === -1) throw lastError(libc);
    const libuv = new LibuvSource(this, libc.uvBackendFd());
    this.#sources[libuv.fd] = libuv;
    this.watch(libuv, EPOLLIN);
  }

  /** Take in an open descriptor. As long as there is one, the loop keeps the thread alive. */
  adopt(source: Source): void {
    this.#generation = (this.#generation + 1) | 0;
    source.generation = this.#generation;
    this.#sources[source.fd] = source;
    this.#open += 1;
    if (this.#open === 1) this.#start();
  }

  /** Forget a descriptor that is about to be closed. */
  release(source: Source): void {
    this.#sources[source.fd] = undefined;
    this.#open -= 1;
    if (this.#open === 0) clearInterval(this.#keepAlive);
  }

  /** Register for `events`, in addition to those it was registered for. False when that failed. */
  watch(source: Source, events: number): boolean {
    const all = source.watched | events;
    if (all === source.watched) return true;
    const op = source.watched === 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    const { words } = this.#event;
    words[0] = all;
    words[this.#layout.data] = source.fd;
    words[this.#layout.data + 1] = source.generation;
    if (this.libc.epoll_ctl(this.#epoll, op, source.fd, this.#event.address) === -1) return false;
    source.watched = all;
    return true;
  }

  unwatch(source: Source): void {
    this.libc.epoll_ctl(this.#epoll, EPOLL_CTL_DEL, source.fd, this.#event.address);
    source.watched = 0;
  }

  /** Call `work.resume` in the next round, which does not wait. */
  again(work: Resumable): void {
    this.#leftOver.push(work);
  }

  /** Close every descriptor; whoever waits on one is told. The loop is of no use afterwards. */
  destroy(): void {
    for (const source of this.#sources) source?.close();
    this.descriptors.closeAll();
  }

  #start(): void {
    this.#workingSince = performance.now();
    this.now = Math.floor(this.#workingSince);
    // libuv counts a loop without handles as finished, and would have us not sleep at all.
    this.#keepAlive = setInterval(() => {}, MAX_INT32);
    if (this.#turning) return;
    this.#turning = true;
    setImmediate(this.#turn);
  }

  readonly #turn = (): void => {
    this.#turning = this.#open > 0;
    if (!this.#turning) return;
    // A pending immediate makes libuv's answer 0, unless it is unreferenced for a moment.
    const next = setImmediate(this.#turn).unref();
    const sleep = this.libc.uvBackendTimeout();
    next.ref();
    this.now = clock();
    const until = sleep < 0 ? Infinity : this.now + sleep;
    this.handOver = false;
    do this.#round(until);
    while (!this.handOver && this.now < until && this.#open > 0);
  };

  #round(until: number): void {
    if (this.#at === this.#count) this.#wait(until);
    this.#dispatch();
    this.deadlines.advance(this.now);
    if (this.#leftOver.length > 0) this.#resume();
  }

  #wait(until: number): void {
    const wake = this.#leftOver.length > 0 ? this.now : Math.min(until, this.deadlines.next());
    const ms =
      wake === Infinity ? -1 : Math.min(Math.max(Math.ceil(wake - this.now), 0), MAX_INT32);
    this.#at = 0;
    this.#waits.worked(performance.now() - this.#workingSince);
    this.#count = this.libc.epoll_wait(this.#epoll, this.#events.address, BATCH, ms);
    this.#workingSince = performance.now();
    this.now = Math.floor(this.#workingSince);
    if (this.#count >= 0) return;
    this.#count = 0;
    const errno = this.libc.errno();
    if (errno !== EINTR && errno !== EAGAIN) throw lastError(this.libc);
    // A signal: Node's handlers run in libuv.
    this.handOver = true;
  }

  // Edges are reported once: if a source throws, the next turn goes on behind it in the same batch.
  #dispatch(): void {
    const { words } = this.#events;
    const { words: stride, data } = this.#layout;
    while (this.#at < this.#count) {
      const event = this.#at++ * stride;
      const source = this.#sources[words[event + data]!];
      if (source === undefined || source.generation !== words[event + data + 1]) continue;
      source.ready(words[event]!);
    }
  }

  #resume(): void {
    const work = this.#leftOver;
    this.#leftOver = [];
    for (const each of work) each.resume();
  }
}

// Whole numbers are kept in place, others are allocated: a session at rest keeps two times.
function clock(): number {
  return Math.floor(performance.now());
}

/** libuv's epoll descriptor: readable when libuv has an event for one of its handles. */
class LibuvSource implements Source {
  readonly fd: number;
  readonly #loop: Loop;
  generation = 0;
  watched = 0;

  constructor(loop: Loop, fd: number) {
    this.fd = fd;
    this.#loop = loop;
  }

  ready(): void {
    this.#loop.handOver = true;
  }

  // Not ours to close.
  close(): void {}
}
