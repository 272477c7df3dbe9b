import { dialFailure, type DialResult } from './failure.ts';
import { Tries, type TryRules } from './tries.ts';

/** As in the engine. */
export type FirstReply = 'answered' | 'refused' | 'client-spoke' | 'timeout';

/** What the sockets must be able to do; `S` is a connected backend. */
export interface Connector<B, S> {
  /** Connect and write `first`. Rejects with an error that carries the errno name as `code`. */
  connect(backend: B, first: Uint8Array, timeoutMs: number): Promise<S>;
  /** As `Engine.firstReply`. */
  firstReply(socket: S, timeoutMs: number): Promise<FirstReply>;
  close(socket: S): void;
}

/** One session's wish for a backend. */
export interface DialPlan<B> extends TryRules<B> {
  /** What the client has sent so far; asked for anew at every attempt. */
  readonly head: () => Uint8Array;
  /** What to write to this backend: its PROXY header if it wants one, then `head`. */
  readonly firstBytes: (backend: B, head: Uint8Array) => Uint8Array;
  /** Count a session with the backend: called before each attempt … */
  readonly take: (backend: B) => void;
  /** … and its opposite, after one that failed. The winner's is the caller's to release. */
  readonly release: (backend: B) => void;
  /** What came back first, where that was waited for. */
  readonly onReply?: (reply: FirstReply) => void;
  /** How an attempt went, and how long it took. */
  readonly onAttempt?: (result: DialResult, ms: number, backend: B) => void;
}

/** A connected backend that was taken, not released. */
export interface Dialled<B, S> {
  readonly backend: B;
  readonly socket: S;
  /** Bytes of the client's head that this backend has been sent. */
  readonly headSent: number;
  /** When the connection stood, by the plan's clock. */
  readonly connectedAt: number;
}

/**
 * Find a backend that takes the session, trying the candidates in turn within one deadline.
 *
 * Throws `Ended`: `no-backend`, `connect-failed`, `connect-timeout`, or `no-resources` or `no-source-ports`
 * where ours ran out on the way. Any other error is a bug, and passes untouched.
 */
export async function dial<B, S>(
  plan: DialPlan<B>,
  connector: Connector<B, S>,
): Promise<Dialled<B, S>> {
  const tries = new Tries(plan);
  let backend = tries.first();
  for (;;) {
    const head = plan.head();
    const first = plan.firstBytes(backend, head);
    const startedAt = plan.now();
    plan.take(backend);
    // All in one function: each async one more would cost every session a promise.
    try {
      const socket = await connector.connect(backend, first, tries.begin());
      const connectedAt = plan.now();
      const windowMs = tries.headWindowMs(connectedAt);
      if (windowMs > 0) heed(plan, connector, socket, await connector.firstReply(socket, windowMs));
      plan.onAttempt?.('ok', connectedAt - startedAt, backend);
      return { backend, socket, headSent: head.length, connectedAt };
    } catch (cause) {
      plan.release(backend);
      const failure = dialFailure(cause);
      if (failure === null) throw cause;
      plan.onAttempt?.(failure, plan.now() - startedAt, backend);
      backend = await tries.next(backend, failure, cause);
    }
  }
}

function heed<B, S>(
  plan: DialPlan<B>,
  connector: Connector<B, S>,
  socket: S,
  reply: FirstReply,
): void {
  plan.onReply?.(reply);
  if (reply !== 'refused') return;
  connector.close(socket);
  throw new HeadRefused();
}

/** The backend closed or reset without a byte: as if the connection had been reset on the way. */
class HeadRefused extends Error {
  override readonly name = 'HeadRefused';
  readonly code = 'ECONNRESET';
}
