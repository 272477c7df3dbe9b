import { performance } from 'node:perf_hooks';
import type { IpEndpoint } from '../address.ts';
import type { Backend } from '../balance/backend.ts';
import type { BackendSocket, ClientSocket, RelayEnd, RelayOwner } from '../engine/engine.ts';
import type { Hello } from '../inspect/hello.ts';
import type { Protocol } from '../protocol.ts';
import type { ServerName } from '../server-name.ts';
import { Ended, type Termination } from '../termination.ts';
import type { Line } from './line.ts';
import type { Route } from './route.ts';

/** Where a live session stands: the label of the `sluice_connections_active` gauge. */
export const PHASES = ['hello', 'waiting', 'connecting', 'relaying'] as const;
export type Phase = (typeof PHASES)[number];

/** Bits of `Session.counted`; the client's entry is above `CLIENT_SHIFT`, plus 1. */
export const OF_EDGE = 1;
export const OF_ROUTE = 2;
export const CLIENT_SHIFT = 2;

const NO_ALPN: readonly string[] = Object.freeze([]);

/** What is left of a session when it has ended: the source of its access line and its metrics. */
export interface SessionRecord {
  readonly id: string;
  /** Index of the listener, in the order of `--listen`. */
  readonly listener: number;
  /** The client: from the PROXY header where one was accepted, else the address that connected. */
  readonly source: IpEndpoint;
  /** What the hello said; `null` without one. */
  readonly protocol: Protocol | null;
  readonly host: ServerName | null;
  readonly alpn: readonly string[];
  readonly route: Route | null;
  readonly backend: Backend | null;
  readonly termination: Termination;
  readonly detail: string;
  readonly retries: number;
  readonly bytesFromClient: number;
  readonly bytesFromBackend: number;
  /** When each stage was done, in whole microseconds after the accept; 0 where it was not reached. */
  readonly helloAfter: number;
  readonly routeAfter: number;
  readonly connectAfter: number;
  readonly firstByteAfter: number;
  readonly endedAfter: number;
}

/** What the sessions of one listener have in common. */
export interface SessionOrigin {
  /** Index of the listener, in the order of `--listen`. */
  readonly listener: number;
  readonly line: Line;
  /** What the ids of this worker's sessions begin with. */
  readonly idPrefix: string;
}

/**
 * One client, from accept to its end. Becomes its own record: the stages fill it in as they go.
 *
 * A session at rest is little more than this, so it is kept small: what sessions have in common is in
 * `origin`, and times are whole numbers, which V8 keeps in place.
 */
export class Session implements SessionRecord, RelayOwner {
  readonly client: ClientSocket;
  readonly origin: SessionOrigin;
  readonly number: number;
  helloAfter = 0;
  routeAfter = 0;
  connectAfter = 0;
  endedAfter = 0;
  phase: Phase = 'hello';
  /** Until it relays: of what lasts longer, `protocol`, `host` and `alpn` are left. */
  hello: Hello | null = null;
  protocol: Protocol | null = null;
  host: ServerName | null = null;
  alpn: readonly string[] = NO_ALPN;
  route: Route | null = null;
  /** Of what it is counted as a live session: `OF_EDGE`, `OF_ROUTE`, and its client's entry and 1 above. */
  counted = 0;
  /** The one dialled last, whether it took the session or not. */
  backend: Backend | null = null;
  /** Its connection, once it took the session. */
  socket: BackendSocket | null = null;
  /** Backends dialled, the same one twice included. */
  attempts = 0;
  detail = '';
  /** Its backend has answered, and that was told. */
  answered = false;
  /** Bytes that the metrics have already been told of. */
  countedFromClient = 0;
  countedFromBackend = 0;
  /** Its neighbours in the roster. */
  before: Session | null = null;
  after: Session | null = null;
  readonly #acceptedAt = performance.now();
  #termination: Termination | null = null;
  #onEnd: (() => void) | null = null;
  #proxied: { source: IpEndpoint; destination: IpEndpoint } | null = null;

  constructor(client: ClientSocket, origin: SessionOrigin, number: number) {
    this.client = client;
    this.origin = origin;
    this.number = number;
  }

  get listener(): number {
    return this.origin.listener;
  }

  /** The time since it was accepted, in whole microseconds, and never 0. */
  get age(): number {
    return this.ageAt(performance.now());
  }

  /** The same at another time, in `performance.now()` milliseconds. */
  ageAt(time: number): number {
    return Math.max(1, Math.round((time - this.#acceptedAt) * 1000));
  }

  /** Unique among all edges: also the UNIQUE_ID of a PROXY v2 header. */
  get id(): string {
    return `${this.origin.idPrefix}${this.number.toString(36)}`;
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

  get firstByteAfter(): number {
    const at = this.socket?.firstByteAt ?? 0;
    return at === 0 ? 0 : this.ageAt(at);
  }

  /** Where it counts as a session of its route, once it does. */
  get routeSlot(): number | null {
    return (this.counted & OF_ROUTE) === 0 ? null : this.route!.slot;
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

  /** It is known where it wants to go. */
  heard(hello: Hello): void {
    this.hello = hello;
    this.protocol = hello.protocol;
    this.host = hello.serverName;
    if (hello.protocol === 'tls') this.alpn = hello.alpn;
  }

  /** It has its backend: keep no more of what led there than its record needs. */
  rest(): void {
    this.hello = null;
    // The same text, and the route is kept anyway.
    if (this.route?.match === 'exact') this.host = this.route.pattern as ServerName;
  }

  /** Its relay is over, and it with it. */
  relayed(end: RelayEnd): void {
    this.settle(end);
    this.origin.line.account(this);
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
    if (this.isOver) {
      work.then(abandon, () => {});
      return Promise.reject(new Ended(this.termination));
    }
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
