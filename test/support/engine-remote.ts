import { writeSync } from 'node:fs';
import { extname } from 'node:path';
import type { TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { Endpoint, IpEndpoint } from '../../src/address.ts';
import {
  SocketError,
  type FirstReply,
  type ListenAt,
  type RelayOptions,
} from '../../src/engine/engine.ts';
import type { Answers, EngineModule, FromHost, Relayed, Step } from './engine-messages.ts';
import { connectExact, type ExactSocket } from './exact-socket.ts';
import { within } from './wait.ts';

/** A limit that is not meant to be reached. */
export const LONG_MS = 600_000;

// The host runs compiled or, on newer Nodes, as it is: as this file does.
const HOST = new URL(`./engine-host${extname(import.meta.filename)}`, import.meta.url);
const ONE = new BigUint64Array([1n]);

interface Arrival {
  readonly client: Promise<RemoteClient>;
  readonly resolve: (client: RemoteClient) => void;
}

interface Pending {
  readonly settle: (answer: unknown) => void;
  readonly fail: (error: Error) => void;
}

/** An engine in a thread of its own, told step by step what to do. */
export class EngineHost {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #arrivals = new Map<number, Arrival>();
  readonly #ready: Promise<void>;
  #isReady = () => {};
  #wakeFd: number | null = null;
  #requests = 0;
  #address: IpEndpoint | null = null;

  /** Load the engine and listen on a free port of 127.0.0.1. */
  static async start(engine: EngineModule): Promise<EngineHost> {
    const host = new EngineHost(engine);
    await within(host.#ready, () => 'the engine host did not start');
    host.#address = (
      await host.listen({ ip: '127.0.0.1', port: 0, backlog: 511, ipv6Only: false })
    ).address;
    return host;
  }

  private constructor(engine: EngineModule) {
    this.#ready = new Promise((resolve) => (this.#isReady = resolve));
    this.#worker = new Worker(HOST, { workerData: engine });
    this.#worker.on('message', (message: FromHost) => this.#receive(message));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('the engine host has gone')));
  }

  get address(): IpEndpoint {
    return this.#address!;
  }

  /** A new client of the engine: the test's end and the engine's end. */
  async connect(
    t: TestContext,
    to = this.address,
  ): Promise<{ raw: ExactSocket; client: RemoteClient }> {
    const raw = await connectExact(t, to);
    const { client } = this.#arrival(raw.socket.localPort!);
    return { raw, client: await within(client, () => 'the client was not accepted') };
  }

  listen(at: ListenAt): Promise<Answers['listen']> {
    return this.call({ do: 'listen', at });
  }

  dial(
    to: Endpoint,
    first: string | Uint8Array = '',
    timeoutMs = LONG_MS,
  ): Promise<Answers['dial']> {
    return this.call({ do: 'dial', to, first: Buffer.from(first), timeoutMs });
  }

  /** Do one step. Rejects with a `SocketError` where the engine does. */
  call<S extends Step>(step: S): Promise<Answers[S['do']]> {
    const id = this.#requests++;
    const answer = new Promise<unknown>((settle, fail) => this.#pending.set(id, { settle, fail }));
    this.#worker.postMessage({ id, step });
    if (this.#wakeFd !== null) writeSync(this.#wakeFd, ONE);
    return within(answer as Promise<Answers[S['do']]>, () => `no answer to ${step.do}`);
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.#worker.once('exit', resolve));
    this.call({ do: 'exit' }).catch(() => {});
    await gone;
  }

  #receive(message: FromHost): void {
    switch (message.kind) {
      case 'ready':
        this.#wakeFd = message.wakeFd;
        return this.#isReady();
      case 'accepted':
        return this.#arrival(message.remote.port).resolve(new RemoteClient(this, message));
      case 'answer':
        return this.#take(message.id).settle(message.answer);
      case 'failed':
        return this.#take(message.id).fail(new SocketError(message.code));
    }
  }

  /** Whichever of the test and the engine comes first to a connection waits here for the other. */
  #arrival(port: number): Arrival {
    const known = this.#arrivals.get(port);
    this.#arrivals.delete(port);
    if (known !== undefined) return known;
    let resolve: Arrival['resolve'] = () => {};
    const arrival = { client: new Promise<RemoteClient>((settle) => (resolve = settle)), resolve };
    this.#arrivals.set(port, arrival);
    return arrival;
  }

  #take(id: number): Pending {
    const pending = this.#pending.get(id)!;
    this.#pending.delete(id);
    return pending;
  }

  #fail(error: Error): void {
    for (const { fail } of this.#pending.values()) fail(error);
    this.#pending.clear();
  }
}

/** The engine's end of an accepted connection. */
export class RemoteClient {
  readonly remote: IpEndpoint;
  readonly local: IpEndpoint;
  readonly #host: EngineHost;
  readonly #client: number;

  constructor(host: EngineHost, accepted: Extract<FromHost, { kind: 'accepted' }>) {
    this.remote = accepted.remote;
    this.local = accepted.local;
    this.#host = host;
    this.#client = accepted.client;
  }

  peek(length = 0, timeoutMs = LONG_MS): Promise<Answers['peek']> {
    return this.#host.call({ do: 'peek', client: this.#client, length, timeoutMs });
  }

  stopPeeking(): Promise<void> {
    return this.#host.call({ do: 'stop-peeking', client: this.#client });
  }

  /** Its head and counts, without waiting for anything. */
  look(): Promise<Answers['look']> {
    return this.#host.call({ do: 'look', client: this.#client });
  }

  consume(count: number): Promise<void> {
    return this.#host.call({ do: 'consume', client: this.#client, count });
  }

  refuse(reply: string): Promise<void> {
    return this.#host.call({ do: 'refuse', client: this.#client, reply: Buffer.from(reply) });
  }

  close(): Promise<void> {
    return this.#host.call({ do: 'close', client: this.#client });
  }

  reset(): Promise<void> {
    return this.#host.call({ do: 'reset', client: this.#client });
  }

  firstReply(backend: number, timeoutMs = LONG_MS): Promise<FirstReply> {
    return this.#host.call({ do: 'first-reply', client: this.#client, backend, timeoutMs });
  }

  /** `headSent`: how much of the client's head this backend has been sent. */
  relay(
    backend: number,
    { headSent = 0, ...limits }: Partial<RelayOptions> & { headSent?: number } = {},
  ): Promise<Relayed> {
    const patient = { idleTimeoutMs: LONG_MS, halfCloseTimeoutMs: LONG_MS };
    return this.#host.call({
      do: 'relay',
      client: this.#client,
      backend,
      headSent,
      options: { ...patient, ...limits },
    });
  }
}
