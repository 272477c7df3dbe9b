import { performance } from 'node:perf_hooks';
import type { Pool } from '../../balance/pool.ts';
import type { PeekEnd } from '../../engine/engine.ts';
import { Ended } from '../../termination.ts';
import type { LineParts } from '../line-parts.ts';
import type { Session } from '../session.ts';
import type { QueuePlace } from './place.ts';
import { Waiter, type Waited } from './waiter.ts';

/** What a client may send while it waits: from there on it is not read, and its leaving not seen. */
const MAX_HEAD_BYTES = 65_536;

/** One wait of a session. */
export interface Wait {
  readonly pool: Pool;
  readonly place: QueuePlace;
  /** By `performance.now()`. */
  readonly until: number;
  /** Takes room, and says whether there was some; `null` waits for a backend. */
  readonly attempt: (() => boolean) | null;
}

/**
 * Let a session wait, with its client watched. Resolves to `timeout` when nothing came of it. Throws
 * `Ended`: `limited` at once where as many wait for the route as may, `client-aborted` when the client
 * left, and what the session was ended with.
 */
export async function waitFor(
  parts: LineParts,
  session: Session,
  { pool, place, until, attempt }: Wait,
): Promise<Waited | 'timeout'> {
  const { waiting, observe } = parts;
  if (!place.take(session.route!, pool)) throw new Ended('limited', 'queue');
  observe.entered(session, 'waiting');
  const waiter = new Waiter(session, attempt);
  waiting.join(pool, waiter);
  try {
    return await watch(session, waiter, until);
  } finally {
    waiting.leave(pool, waiter);
    observe.entered(session, 'connecting');
  }
}

async function watch(session: Session, waiter: Waiter, until: number): Promise<Waited | 'timeout'> {
  const { client } = session;
  for (;;) {
    const left = until - performance.now();
    if (waiter.waited !== null || left <= 0) return waiter.waited ?? 'timeout';
    if (client.head.length > MAX_HEAD_BYTES) return waitUnwatched(session, waiter, left);
    const end = await client.peek(client.head.length, left);
    if (waiter.waited !== null) return waiter.waited;
    if (session.isOver) throw new Ended(session.termination);
    if (hasLeft(session, end)) throw new Ended('client-aborted', 'while it waited');
    if (end === 'ended') return waitUnwatched(session, waiter, left);
  }
}

// A TLS client that ends before its handshake has left; one of plain HTTP may only have asked all it wants.
function hasLeft({ protocol }: Session, end: PeekEnd): boolean {
  return end === 'reset' || end === 'closed' || (end === 'ended' && protocol === 'tls');
}

function waitUnwatched(
  session: Session,
  waiter: Waiter,
  leftMs: number,
): Promise<Waited | 'timeout'> {
  const waited = new Promise<Waited | 'timeout'>((resolve) => {
    const timer = setTimeout(() => resolve('timeout'), leftMs);
    waiter.onGo = () => {
      clearTimeout(timer);
      resolve(waiter.waited!);
    };
  });
  return session.unlessEnded(waited, () => {});
}
