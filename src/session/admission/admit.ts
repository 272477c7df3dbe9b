import { ipBytes } from '../../address.ts';
import { cidrContains } from '../../cidr.ts';
import type { Hello } from '../../inspect/hello.ts';
import { redirectToHttps } from '../../inspect/http/redirect.ts';
import { Ended } from '../../termination.ts';
import type { BackendCounts } from '../line-parts.ts';
import type { Route, RouteOptions } from '../route.ts';
import { OF_ROUTE, type Session } from '../session.ts';

/** The client is to ask again by https: thrown as `Ended`, and says where. */
export class Redirected extends Ended {
  readonly location: string;

  constructor(location: string) {
    super('redirected');
    this.location = location;
  }
}

/**
 * Let a session use its route, and count it in where the route has a limit: `session.routeSlot`
 * says so then, and it is to be released. Throws `Ended`: `denied`, `redirected` (as `Redirected`), `malformed` where
 * there is nothing to redirect to, or `limited`.
 */
export function admit(session: Session, hello: Hello, route: Route, counts: BackendCounts): void {
  const { options, slot } = route;
  if (!isAllowed(options, session.source.ip)) throw new Ended('denied');
  if (options.redirect !== null) redirect(session, hello);
  if (slot === null || options.maxConnections === null) return;
  if (!counts.takeBelow(slot, options.maxConnections)) throw new Ended('limited', 'route');
  session.counted |= OF_ROUTE;
}

/** Whether these allow and deny lists, of a route or of the edge, let a client of this address in. */
export function isAllowed(
  { allow, deny }: Pick<RouteOptions, 'allow' | 'deny'>,
  ip: string,
): boolean {
  if (allow.length === 0 && deny.length === 0) return true;
  const address = ipBytes(ip);
  if (deny.some((block) => cidrContains(block, address))) return false;
  return allow.length === 0 || allow.some((block) => cidrContains(block, address));
}

function redirect({ client }: Session, hello: Hello): void {
  if (hello.protocol !== 'http') return;
  const redirection = redirectToHttps(client.head, hello);
  if (redirection.kind === 'impossible') throw new Ended('malformed', redirection.detail);
  if (redirection.kind === 'redirect') throw new Redirected(redirection.location);
}
