import type { Endpoint, IpEndpoint } from '../address.ts';

/**
 * The engine seam: what moves the bytes. Two engines stand behind it, `net` and `epoll`, and
 * `test/contract/engine.ts` runs one suite against both.
 *
 * Nothing here knows of TLS, HTTP, routes or Redis. A `ClientSocket` or a `BackendSocket` has one owner, the
 * session, which passes it on by call and must end it by `relay`, `refuse`, `reset` or `close`.
 */
export interface Engine {
  readonly name: EngineName;

  /**
   * Accept on an address or on a listening descriptor that was opened elsewhere.
   * Rejects with a `SocketError` carrying the errno name: `EADDRINUSE`, `EACCES`, …
   *
   * `onAcceptError` is told the errno name each time that clients cannot be accepted, `EMFILE` above all:
   * with `epoll` once per pause, in which they wait in the kernel. `net` hears only of what libuv does not
   * hide: out of descriptors that closes clients without a word.
   */
  listen(
    at: ListenAt,
    onClient: (client: ClientSocket) => void,
    onAcceptError?: (code: string) => void,
  ): Promise<Listening>;

  /**
   * Connect to a backend and write `first` before anything else.
   * Rejects with a `SocketError`; its code is `ETIMEDOUT` when `timeoutMs` ran out.
   */
  dial(to: Endpoint, options: DialOptions): Promise<BackendSocket>;

  /**
   * Wait until it is decided whether the backend took the head. What was read for that is held for `relay`:
   * `answered` it sent something · `refused` it closed or reset without a byte ·
   * `client-spoke` the client sent more, ended or is gone, so that from now on there is more than the
   * head in play. Never rejects. `timeout` after `timeoutMs` of silence from both.
   */
  firstReply(client: ClientSocket, backend: BackendSocket, timeoutMs: number): Promise<FirstReply>;

  /**
   * Move bytes both ways until both directions have ended. A FIN is passed on as a FIN, a reset as a
   * reset; a slow reader slows its writer and memory stays bounded. What is left of the client's
   * head goes first. `owner` is told once how it ended, when both sockets are closed; that may
   * be before the call returns. Not a promise: whoever awaited one would weigh more than all the rest
   * of a session at rest.
   */
  relay(
    client: ClientSocket,
    backend: BackendSocket,
    options: RelayOptions,
    owner: RelayOwner,
  ): void;
}

export type EngineName = 'net' | 'epoll';

export type ListenAt =
  | {
      readonly ip: string;
      readonly port: number;
      readonly backlog: number;
      /** Whether `::` leaves IPv4 clients to somebody else. */
      readonly ipv6Only: boolean;
    }
  | { readonly fd: number };

/** A listening socket. `close` stops accepting; clients already accepted go on. */
export interface Listening {
  readonly address: IpEndpoint;
  close(): Promise<void>;
}

/** An accepted client: first peeked at, then handed to `relay` or sent away. */
export interface ClientSocket {
  /** Who connected, and to which of our addresses. */
  readonly remote: IpEndpoint;
  readonly local: IpEndpoint;
  /** Bytes received from the client so far, consumed or not. */
  readonly received: number;
  /** Everything received and not consumed: nothing but `consume` shortens it. */
  readonly head: Buffer;

  /**
   * Wait until `head` is longer than `length`: no promise where that is known at once. `timeoutMs` counts from the call.
   * Never rejects. At most one `peek` at a time. Between two of them bytes stay in the kernel, but for
   * one read of at most 64 KiB: so much longer than `length` can `head` become.
   */
  peek(length: number, timeoutMs: number): PeekEnd | Promise<PeekEnd>;
  /** End a `peek` that is under way, as its timeout would. */
  stopPeeking(): void;
  /** Drop the first `count` bytes of `head`: an accepted PROXY header, or what `dial` has sent. */
  consume(count: number): void;
  /** Write `reply`, end with a FIN, discard what still comes in for a moment, close. */
  refuse(reply: Uint8Array): void;
  /**
   * Close with a FIN; where bytes are lost by it, unread or not yet sent, that is a RST.
   * Whatever waits on the client settles; during `relay`, the backend is closed too.
   */
  close(): void;
  /** Close with a RST. Otherwise as `close`. */
  reset(): void;
}

/** `more` bytes came · `ended` with a FIN · `reset` · `timeout` · `closed` by us. */
export type PeekEnd = 'more' | 'ended' | 'reset' | 'timeout' | 'closed';

/** A connected backend. */
export interface BackendSocket {
  /** Our own end of the connection. The path is empty: our end of a unix socket has no name. */
  readonly local: Endpoint;
  /** Bytes received from the backend so far. */
  readonly received: number;
  /** When its first byte came, in `performance.now()` milliseconds; 0 while none has. */
  readonly firstByteAt: number;
  /** In `relay` it ended without a byte, and before the client did. */
  readonly hungUp: boolean;
  /** Give it up before `relay`: close with a FIN. */
  close(): void;
}

export interface DialOptions {
  /** Bytes to write at once: a PROXY header if any, then the client's head. */
  readonly first: Uint8Array;
  readonly timeoutMs: number;
}

export type FirstReply = 'answered' | 'refused' | 'client-spoke' | 'timeout';

export interface RelayOptions {
  /** With no byte either way for so long, the session ends, at most a quarter of it late. */
  readonly idleTimeoutMs: number;
  /** The same once one direction has ended. */
  readonly halfCloseTimeoutMs: number;
}

/** Whose sockets are relayed. */
export interface RelayOwner {
  relayed(end: RelayEnd): void;
}

/**
 * How a relay ended: the first cause wins. Each is the name of a termination. After the client's own
 * `close` or `reset` it is `client-aborted`, and whoever called that knows better.
 */
export type RelayEnd =
  | 'ok'
  | 'client-aborted'
  | 'backend-aborted'
  | 'idle-timeout'
  | 'half-close-timeout';

/** A failed system call on a socket. `code` is the errno name of errno(3). */
export class SocketError extends Error {
  override readonly name = 'SocketError';
  readonly code: string;

  constructor(code: string, cause?: unknown) {
    super(code, { cause });
    this.code = code;
  }
}
