import { once } from 'node:events';
import {
  connect,
  createServer,
  type AddressInfo,
  type NetConnectOpts,
  type Socket,
} from 'node:net';
import type { TestContext } from 'node:test';
import type { Endpoint } from '../../src/address.ts';
import { within } from './wait.ts';

/** How the other side stopped sending. */
export type ExactEnd = 'ended' | 'reset';

/** Node tells of nothing before a whole write is done. */
const PIECE_BYTES = 65_536;

const OPTIONS = { allowHalfOpen: true, noDelay: true, highWaterMark: 1 } as const;

/**
 * The test's own side of a connection, for tests that must know a FIN from a RST. It reads on demand, a
 * chunk at a time: a flowing stream of Node takes a RST right behind bytes for a FIN.
 */
export class ExactSocket {
  readonly socket: Socket;
  readonly #over: Promise<ExactEnd>;
  readonly #chunks: Buffer[] = [];
  #received = 0;
  #sent = 0;
  #isReading = true;
  #isOver = false;
  #wake = () => {};

  constructor(socket: Socket) {
    this.socket = socket;
    this.#over = new Promise((resolve) => {
      socket.on('error', () => resolve('reset'));
      socket.on('end', () => resolve('ended'));
    });
    const over = () => {
      this.#isOver = true;
      this.#wake();
    };
    void this.#over.then(over);
    // Closed by the test itself: whoever still reads would keep the process until its deadline.
    socket.on('close', over);
    // Not at once: node runs this before libuv has decided what to make of what it sees.
    socket.on('readable', () => setImmediate(() => this.#pull()));
  }

  /** Bytes received so far. */
  get received(): number {
    return this.#received;
  }

  /** Bytes of ours that the kernel has taken. */
  get sent(): number {
    return this.#sent;
  }

  /** Everything received so far. */
  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** Wait until at least `count` bytes have come in all, and answer with all there are. */
  read(count: number): Promise<Buffer> {
    return within(this.#readAll(count), () => `${this.#received} of ${count} bytes`);
  }

  /** Wait for the FIN or RST of the other side. */
  end(): Promise<ExactEnd> {
    return within(this.#over, () => `no end after ${this.#received} bytes`);
  }

  /** Settles when the kernel has taken all of `bytes`, or the connection is gone. */
  async send(bytes: string | Uint8Array): Promise<void> {
    const all = Buffer.from(bytes);
    for (let at = 0; at < all.length && !this.socket.destroyed; at += PIECE_BYTES) {
      const piece = all.subarray(at, at + PIECE_BYTES);
      await new Promise<void>((resolve) => this.socket.write(piece, () => resolve()));
      this.#sent += piece.length;
    }
  }

  /** Send a FIN behind everything. The other direction goes on. */
  finish(): Promise<void> {
    return new Promise((resolve) => this.socket.end(() => resolve()));
  }

  reset(): void {
    this.socket.resetAndDestroy();
  }

  /** Leave what comes in to the kernel. */
  stopReading(): void {
    this.#isReading = false;
  }

  readOn(): void {
    this.#isReading = true;
    this.#pull();
  }

  async #readAll(count: number): Promise<Buffer> {
    while (this.#received < count) {
      if (this.#isOver) throw new Error(`over after ${this.#received} of ${count} bytes`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.bytes();
  }

  #pull(): void {
    if (!this.#isReading) return;
    const chunk = this.socket.read() as Buffer | null;
    if (chunk === null) return;
    this.#chunks.push(chunk);
    this.#received += chunk.length;
    this.#wake();
  }
}

/** Connect; closed when the test is over. */
export async function connectExact(t: TestContext, to: Endpoint): Promise<ExactSocket> {
  const at: NetConnectOpts = 'path' in to ? { path: to.path } : { host: to.ip, port: to.port };
  const socket = connect({ ...OPTIONS, ...at });
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  return new ExactSocket(socket);
}

/** A listening socket of the test's own: the place of a backend. */
export interface ExactListener {
  readonly endpoint: Endpoint;
  /** The next connection, in order of arrival. */
  accept(): Promise<ExactSocket>;
}

/** Listen on a free port of an address, or on a path; all is closed when the test is over. */
export async function listenExact(
  t: TestContext,
  at: { readonly ip: string } | { readonly path: string } = { ip: '127.0.0.1' },
): Promise<ExactListener> {
  const accepted: ExactSocket[] = [];
  const server = createServer(OPTIONS, (socket) => {
    t.after(() => socket.destroy());
    accepted.push(new ExactSocket(socket));
    server.emit('exact');
  });
  t.after(() => server.close());
  server.listen('path' in at ? { path: at.path } : { host: at.ip, port: 0 });
  await once(server, 'listening');
  const next = async () => {
    while (accepted.length === 0) await once(server, 'exact');
    return accepted.shift()!;
  };
  return {
    endpoint: 'path' in at ? at : { ip: at.ip, port: (server.address() as AddressInfo).port },
    accept: () => within(next(), () => 'nobody dialled'),
  };
}
