import { performance } from 'node:perf_hooks';
import type { Candidates } from '../../balance/candidates.ts';
import { candidates, type Pool } from '../../balance/pool.ts';
import { Ended } from '../../termination.ts';
import type { LineParts } from '../line-parts.ts';
import type { Route } from '../route.ts';
import type { Session } from '../session.ts';
import { QueuePlace } from './place.ts';
import { Room } from './room.ts';
import { waitFor } from './wait.ts';

/** How a session finds its route and its pool, when it may be another than before. */
export interface Finding {
  readonly route: () => Route | Promise<Route>;
  readonly pool: (route: Route) => Pool;
}

/** Since when a session has waited, by `performance.now()`; each kind of waiting has its own time. */
interface Since {
  room: number | null;
  backend: number | null;
}

/**
 * The candidates of a session: at once where one has room, or nobody knows of a limit; else when
 * one has. Throws `Ended`: `limited` when none has in time, `no-backend` when the route did not wake.
 */
export function offer(
  parts: LineParts,
  session: Session,
  finding: Finding,
): Candidates | Promise<Candidates> {
  const route = session.route!;
  const pool = finding.pool(route);
  if (pool.backends.length === 0 && route.options.wakeMs != null)
    return offerLater(parts, session, finding);
  if (route.limited !== true) return candidates(pool, parts.balanceContext, session);
  if (parts.waiting.ahead(pool) > 0) return offerLater(parts, session, finding);
  const room = roomIn(parts, session, pool);
  return room.reserve() || pool.backends.length === 0 ? room : offerLater(parts, session, finding);
}

async function offerLater(
  parts: LineParts,
  session: Session,
  finding: Finding,
): Promise<Candidates> {
  const since: Since = { room: null, backend: null };
  const place = new QueuePlace(parts);
  try {
    for (;;) {
      const pool = finding.pool(session.route!);
      const offered = await untilOffered(parts, session, { pool, since, place });
      if (offered !== null) return offered;
      await finding.route();
    }
  } finally {
    place.leave();
  }
}

interface Attempt {
  readonly pool: Pool;
  readonly since: Since;
  readonly place: QueuePlace;
}

/** `null` when the route has to be looked up again. */
function untilOffered(
  parts: LineParts,
  session: Session,
  attempt: Attempt,
): Promise<Candidates | null> {
  const { backends } = attempt.pool;
  return backends.length === 0
    ? untilAwake(parts, session, attempt)
    : untilRoom(parts, session, attempt);
}

async function untilAwake(
  parts: LineParts,
  session: Session,
  { pool, since, place }: Attempt,
): Promise<null> {
  const { options } = session.route!;
  since.backend ??= performance.now();
  if (options.wakeMs === null) throw new Ended('no-backend', session.route!.absence ?? '');
  const until = since.backend + options.wakeMs;
  const waited = await waitFor(parts, session, { pool, place, until, attempt: null });
  if (waited === 'timeout') throw new Ended('no-backend', 'did not wake');
  return null;
}

async function untilRoom(
  parts: LineParts,
  session: Session,
  { pool, since, place }: Attempt,
): Promise<Candidates | null> {
  const { options } = session.route!;
  if (session.route!.limited !== true) return candidates(pool, parts.balanceContext, session);
  let room = roomIn(parts, session, pool);
  let isGiven = false;
  const attempt = () => {
    room = roomIn(parts, session, pool);
    isGiven = room.reserve();
    return isGiven;
  };
  if (parts.waiting.ahead(pool) === 0 && room.reserve()) return room;
  since.room ??= performance.now();
  const until = since.room + (options.queueTimeoutMs ?? parts.settings.queueTimeoutMs);
  try {
    const waited = await waitFor(parts, session, { pool, place, until, attempt });
    if (waited === 'timeout') throw new Ended('limited', 'backend');
    if (waited !== 'room') return null;
    isGiven = false;
    return room;
  } finally {
    // Given when it had just given up waiting: nobody else knows of it.
    if (isGiven) room.leave();
  }
}

function roomIn(parts: LineParts, session: Session, pool: Pool): Room {
  return new Room(candidates(pool, parts.balanceContext, session), parts.backends);
}
