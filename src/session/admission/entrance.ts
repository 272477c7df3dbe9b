import { ipBytes } from '../../address.ts';
import { Ended } from '../../termination.ts';
import { isAllowed } from './admit.ts';
import { UNCOUNTED, type LineParts, type TotalCount } from '../line-parts.ts';
import { CLIENT_SHIFT, OF_EDGE, OF_ROUTE, type Session } from '../session.ts';

/**
 * Let a session in, before anything is read of it. Throws `Ended`: `limited` when there are as many as
 * may be, and as `enterAs` does where its address is `final`, and will not be another by a PROXY header.
 */
export function enter(parts: LineParts, session: Session, final: boolean): void {
  const { total } = parts;
  if (total !== null) countIn(parts, session, total);
  if (final) enterAs(parts, session);
}

/**
 * Let a session in by the address of its client that counts. Throws `Ended`: `denied`, or `limited` when
 * its client has as many sessions as it may, or opened too many lately.
 */
export function enterAs({ settings, clients }: LineParts, session: Session): void {
  const { allow, deny } = settings;
  const isListed = allow.length > 0 || deny.length > 0;
  if (!isListed && clients === null) return;
  const { ip } = session.source;
  if (!isAllowed(settings, ip)) throw new Ended('denied');
  if (clients === null) return;
  const verdict = clients.take(ipBytes(ip));
  if (typeof verdict === 'string') throw new Ended('limited', verdict);
  if (verdict !== UNCOUNTED) session.counted |= (verdict + 1) << CLIENT_SHIFT;
}

/** Count a session out wherever it was counted in, but with its backend. */
export function leave({ backends, clients, total }: LineParts, session: Session): void {
  const { counted } = session;
  if (counted === 0) return;
  leaveRoute(backends, session);
  const entry = (counted >> CLIENT_SHIFT) - 1;
  if (entry !== UNCOUNTED) clients!.release(entry);
  if ((counted & OF_EDGE) !== 0) backends.release(total!.slot);
  session.counted = 0;
}

/** Count a session out with its route alone. */
export function leaveRoute(backends: LineParts['backends'], session: Session): void {
  if (session.routeSlot !== null) backends.release(session.routeSlot);
  session.counted &= ~OF_ROUTE;
}

function countIn({ backends }: LineParts, session: Session, { slot, max }: TotalCount): void {
  if (!backends.takeBelow(slot, max)) throw new Ended('limited', 'total');
  session.counted |= OF_EDGE;
}
