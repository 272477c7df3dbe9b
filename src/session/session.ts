import type { IpEndpoint } from '../address.ts';
import type { Backend } from '../balance/backend.ts';
import type { BackendSocket, ClientSocket } from '../engine/engine.ts';
import type { Hello } from '../inspect/hello.ts';
import { Ended, type Termination } from '../termination.ts';
import type { Route } from './route.ts';

/** Where a live session stands: the label of the `sluice_connections_active` gauge. */
export const PHASES = ['hello', 'connecting', 'relaying'] as const;
export type Phase = (typeof PHASES)[number];

/** When each stage was done, in `performance.now()` milliseconds; 0 where it was not reached. */
export interface Marks {
  readonly accepted: number;
  hello: number;
  route: number;
  connect: number;
  ended: number;
}

/** What is left of a session when it has ended: the source of its access line and its metrics. */
export interface SessionRecord {
  readonly id: string;
  /** Index of the listener, in the order of `--listen`. */
  readonly listener: number;
  /** The client: from the PROXY header where one was accepted, else the address that connected. */
  readonly source: IpEndpoint;
  readonly hello: Hello | null;
  readonly route: Route | null;
  readonly backend: Backend | null;
  readonly termination: Termination;
  readonly detail: string;
  readonly retries: number;
  readonly bytesFromClient: number;
  readonly bytesFromBackend: number;
  readonly firstByteAt: number;
  readonly marks: Readonly<Marks>;
}

/** One client, from accept to its end. Becomes its own record: the stages fill it in as they go. */
export class Session implements SessionRecord {
  readonly client: ClientSocket;
  readonly listener: number;
  readonly number: number;
  readonly marks: Marks;
  phase: Phase = 'hello';
  hello: Hello | null = null;
  route: Route | null = null;
  /** The one dialled last, whether it took the session or not. */
  backend: Backend | null = null;
  /** Its connection, once it took the session. */
  socket: BackendSocket | null = null;
  /** Bytes of the client's head that the backend was sent when it was dialled. */
  headSent = 0;
  /** Backends dialled, the same one twice included. */
  attempts = 0;
  detail = '';
  /** Bytes that the metrics have already been told of. */
  readonly counted = { fromClient: 0, fromBackend: 0 };
  #termination: Termination | null = null;
  #onEnd: (() => void) | null = null;
  #idPrefix: string;
  #proxied: { source: IpEndpoint; destination: IpEndpoint } | null = null;

  constructor(client: ClientSocket, listener: number, id: { prefix: string; number: number }) {
    this.client = client;
    this.listener = listener;
    this.#idPrefix = id.prefix;
    this.number = id.number;
    this.marks = { accepted: performance.now(), hello: 0, route: 0, connect: 0, ended: 0 };
  }

  /** Unique among all edges: also the UNIQUE_ID of a PROXY v2 header. */
  get id(): string {
    return `${this.#idPrefix}${this.number.toString(36)}`;
  }

  get source(): IpEndpoint {
    return this.#proxied?.source ?? this.client.remote;
  }

  get destination(): IpEndpoint {
    return this.#proxied?.destination ?? this.client.local;
  }

  get retries(): number {
    return Math.max(0, this.attempts - 1);
  }

  get bytesFromClient(): number {
    return this.client.received;
  }

  get bytesFromBackend(): number {
    return this.socket?.received ?? 0;
  }

  get firstByteAt(): number {
    return this.socket?.firstByteAt ?? 0;
  }

  get isOver(): boolean {
    return this.#termination !== null;
  }

  /** `internal-error` stands for an ending nobody named, which would be a bug. */
  get termination(): Termination {
    return this.#termination ?? 'internal-error';
  }

  /** Believe the addresses of an accepted PROXY header from here on. */
  believe(proxied: { source: IpEndpoint; destination: IpEndpoint }): void {
    this.#proxied = proxied;
  }

  /** Name the ending. The first cause wins. */
  settle(termination: Termination, detail = ''): void {
    if (this.#termination !== null) return;
    this.#termination = termination;
    this.detail = detail;
  }

  /** End it from outside, at any time: whatever waits on the client settles, and `unlessEnded`. */
  end(termination: Termination): void {
    this.settle(termination);
    this.client.close();
    this.#onEnd?.();
  }

  /**
   * What comes of the work. Rejects with `Ended` when the session is ended before; what comes of the
   * work then is given to `abandon`.
   */
  unlessEnded<T>(work: Promise<T>, abandon: (late: T) => void): Promise<T> {
    // By hand, not by `Promise.race`: every session comes through here.
    return new Promise((resolve, reject) => {
      this.#onEnd = () => {
        this.#onEnd = null;
        work.then(abandon, () => {});
        reject(new Ended(this.termination));
      };
      work.then(
        (value) => {
          this.#onEnd = null;
          resolve(value);
        },
        (error: unknown) => {
          this.#onEnd = null;
          // oxlint-disable-next-line prefer-promise-reject-errors -- it is whatever the work threw
          reject(error);
        },
      );
    });
  }
}
