import { ipBytes } from '../address.ts';
import type { Candidates } from '../balance/candidates.ts';
import { cidrContains, type Cidr } from '../cidr.ts';
import type { BackendSocket } from '../engine/engine.ts';
import type { Hello } from '../inspect/hello.ts';
import { inspect } from '../inspect/inspect.ts';
import type { ProxiedAddresses } from '../inspect/proxy/verdict.ts';
import { Ended } from '../termination.ts';
import { admit } from './admission/admit.ts';
import { dialBackend } from './dial-stage.ts';
import { enter, enterAs, leave, leaveRoute } from './admission/entrance.ts';
import type { LineParts } from './line-parts.ts';
import type { Line } from './line.ts';
import { refuse } from './refuse.ts';
import type { FoundRoute, Route } from './route.ts';
import type { Session } from './session.ts';
import { Unheard } from './admission/unheard.ts';
import { offer } from './waiting/offer.ts';
import { leaveBackend } from './waiting/room.ts';

/** The real stages, on one engine. */
export function createLine(parts: LineParts): Line {
  const unheard = new Unheard();
  return {
    inspect: (session) => inspectHello(parts, session, unheard),
    route: (session, hello) => findRoute(parts, session, hello),
    balance: (session) => balance(parts, session),
    dial: (session, hello, offered) => dialBackend(parts, session, { hello, offered }),
    relay: (session, backend) => relay(parts, session, backend),
    refuse: (session, reason) => refuse(session, reason, { ...parts, ...parts.settings }),
    account(session) {
      session.endedAfter = session.age;
      parts.witness.ended(session);
      if (session.socket !== null) leaveBackend(parts.backends, session.backend!);
      leave(parts, session);
      parts.account(session);
    },
  };
}

function inspectHello(
  parts: LineParts,
  session: Session,
  unheard: Unheard,
): Hello | Promise<Hello> {
  const { settings, protocols } = parts;
  const protocol = protocols[session.listener]!;
  const expectProxyHeader = expectsProxyHeader(settings.acceptProxy, session);
  const fail = (reason: unknown) => {
    if (protocol === 'auto') return unheard.turnAway(session, reason);
    throw reason;
  };
  try {
    enter(parts, session, !expectProxyHeader);
    const heard = inspect(session.client, {
      protocol,
      helloTimeoutMs: settings.helloTimeoutMs,
      helloMaxBytes: settings.helloMaxBytes,
      expectProxyHeader,
      ...(expectProxyHeader
        ? { onProxyHeader: (proxied) => believe(parts, session, proxied) }
        : {}),
    });
    if (!(heard instanceof Promise)) return take(parts, session, heard);
    return heard.then((hello) => take(parts, session, hello), fail);
  } catch (reason) {
    return fail(reason);
  }
}

function take(parts: LineParts, session: Session, hello: Hello): Hello {
  session.heard(hello);
  session.helloAfter = session.age;
  parts.observe.hello(session, hello);
  return hello;
}

// Who is denied, or over a limit, is so before a hello is waited for.
function believe(parts: LineParts, session: Session, proxied: ProxiedAddresses | 'local'): void {
  if (proxied !== 'local') session.believe(proxied);
  enterAs(parts, session);
}

function expectsProxyHeader(acceptProxy: readonly Cidr[], session: Session): boolean {
  if (acceptProxy.length === 0) return false;
  const address = ipBytes(session.client.remote.ip);
  return acceptProxy.some((cidr) => cidrContains(cidr, address));
}

function findRoute(parts: LineParts, session: Session, hello: Hello): Route | Promise<Route> {
  const found = parts.findRoute(hello.serverName, hello.protocol);
  if (found instanceof Promise) {
    return found.then((route) => acceptRoute(parts, session, { hello, found: route }));
  }
  return acceptRoute(parts, session, { hello, found });
}

function acceptRoute(
  parts: LineParts,
  session: Session,
  { hello, found }: { hello: Hello; found: FoundRoute },
): Route {
  session.routeAfter = session.age;
  if (found === 'unavailable') {
    parts.observe.lookedUp('unavailable');
    throw new Ended('routes-unavailable');
  }
  if (found === null || !mayUse(found, hello)) {
    parts.observe.lookedUp('none');
    throw new Ended(hello.serverName === null ? 'no-name' : 'unknown-host');
  }
  parts.observe.lookedUp(found.match);
  if (session.route !== found) {
    session.route?.tally?.left();
    found.tally?.entered();
  }
  session.route = found;
  admit(session, hello, found, parts.backends);
  return found;
}

// RFC 8737: whoever answers `acme-tls/1` for a name gets a certificate for it. That must not be the
// owner of the default route.
function mayUse(route: Route, hello: Hello): boolean {
  return route.match !== 'default' || !isAcme(hello);
}

function isAcme(hello: Hello): boolean {
  return hello.protocol === 'tls' && hello.alpn.includes('acme-tls/1');
}

function balance(parts: LineParts, session: Session): Candidates | Promise<Candidates> {
  parts.observe.entered(session, 'connecting');
  const hello = session.hello!;
  return offer(parts, session, {
    pool: (route) => (route.acme !== null && isAcme(hello) ? route.acme : route.pool),
    route() {
      leaveRoute(parts.backends, session);
      return findRoute(parts, session, hello);
    },
  });
}

function relay(parts: LineParts, session: Session, backend: BackendSocket): void {
  session.rest();
  const { halfCloseTimeoutMs } = parts.settings;
  const idleTimeoutMs = session.route!.options.idleTimeoutMs ?? parts.settings.idleTimeoutMs;
  parts.observe.entered(session, 'relaying');
  const options = { idleTimeoutMs, halfCloseTimeoutMs };
  parts.engine.relay(session.client, backend, options, session);
}
