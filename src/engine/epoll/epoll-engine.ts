import type { BackendSocket, ClientSocket, Engine } from '../engine.ts';
import { Lingering } from '../lingering.ts';
import { Backend } from './backend.ts';
import { Client, PEEK_BYTES } from './client.ts';
import { Dialer } from './dial.ts';
import { awaitFirstReply } from './first-reply.ts';
import { loadLibc, type Libc } from './system/libc.ts';
import { ACCEPTS_PER_ROUND, Listener } from './listen/listen.ts';
import { openListening } from './listen/listening-socket.ts';
import { Loop } from './loop/loop.ts';
import { Memory } from './system/memory.ts';
import { Pipes } from './relay/pipes.ts';
import { Relay } from './relay/relay.ts';
import { Reserve } from './listen/reserve.ts';
import { Slab } from './system/slab.ts';
import { SourceAddresses } from '../source-addresses.ts';
import type { SocketContext } from './socket.ts';
import { TurnWaits } from '../turn-waits.ts';

/** Enough for any read that is not spliced. */
const SCRATCH_BYTES = 16_384;
/** Some ninety hellos. */
const SLAB_BYTES = 65_536;
/** How many descriptors the engine's own ledger has room for. */
const LEDGER_BYTES = 1_048_576;
/** How many pipes it may have open unless it is told. */
const PIPES = 256;

export interface EpollOptions {
  /**
   * Where the engine records its open descriptors, a byte each, for `closeOrphans` should the thread
   * die. As long as the greatest descriptor number there can be.
   */
  readonly ledger?: SharedArrayBuffer;
  /** How many pipes it may have open at once: `Pipes`. */
  readonly pipes?: number;
  /** Local addresses to dial from; none leaves the choice to the kernel. */
  readonly sourceAddresses?: readonly string[];
  /** Told of every turn of the loop. */
  readonly waits?: TurnWaits;
}

export interface EpollEngine extends Engine {
  /** Close every descriptor; what waits settles. The engine is of no use afterwards. */
  destroy(): void;
}

/** The epoll engine of this thread. Throws where `epollUnavailable` gives a reason. */
export function createEpollEngine({
  ledger,
  pipes = PIPES,
  sourceAddresses = [],
  waits = new TurnWaits(),
}: EpollOptions = {}): EpollEngine {
  const libc = loadLibc();
  const loop = new Loop(libc, ledger ?? new SharedArrayBuffer(LEDGER_BYTES), waits);
  const context = createContext(libc, loop, pipes);
  const reserve = new Reserve(loop, ACCEPTS_PER_ROUND);
  const dialer = new Dialer(context, reserve, new SourceAddresses(sourceAddresses));
  return {
    name: 'epoll',
    // oxlint-disable-next-line require-await -- a failure is a rejection
    async listen(at, onClient, onAcceptError) {
      const socket = openListening(libc, loop.descriptors, at);
      return new Listener(context, reserve, socket, { onClient, onAcceptError }).start();
    },
    dial: (to, options) => dialer.dial(to, options),
    firstReply: (client, backend, timeoutMs) =>
      awaitFirstReply(ownClient(client), ownBackend(backend), timeoutMs),
    relay: (client, backend, options, owner) =>
      new Relay(ownClient(client), ownBackend(backend), options, owner).start(),
    destroy: () => loop.destroy(),
  };
}

function createContext(libc: Libc, loop: Loop, pipes: number): SocketContext {
  const abortiveLinger = new Memory(libc, 8);
  // l_onoff = 1, l_linger = 0.
  abortiveLinger.words[0] = 1;
  return {
    loop,
    scratch: new Memory(libc, SCRATCH_BYTES),
    heads: new Slab(libc, SLAB_BYTES, PEEK_BYTES),
    abortiveLinger,
    pipes: new Pipes(loop, pipes),
    lingering: new Lingering(),
  };
}

function ownClient(client: ClientSocket): Client {
  if (client instanceof Client) return client;
  throw new TypeError('a client of another engine');
}

function ownBackend(backend: BackendSocket): Backend {
  if (backend instanceof Backend) return backend;
  throw new TypeError('a backend of another engine');
}
