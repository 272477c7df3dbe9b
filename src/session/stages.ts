import { ipBytes } from '../address.ts';
import type { Backend } from '../balance/backend.ts';
import type { BalanceContext, Candidates } from '../balance/candidates.ts';
import { candidates } from '../balance/pool.ts';
import { cidrContains, type Cidr } from '../cidr.ts';
import { dial, type Dialled } from '../dial/dial.ts';
import type { DialResult } from '../dial/failure.ts';
import { proxyHeader } from '../dial/proxy-header.ts';
import type { BackendSocket, Engine } from '../engine/engine.ts';
import type { Hello } from '../inspect/hello.ts';
import { inspect } from '../inspect/inspect.ts';
import type { Protocol } from '../protocol.ts';
import { Ended, type Termination } from '../termination.ts';
import type { Line } from './line.ts';
import { refuse, type OnUnknown } from './refuse.ts';
import type { FindRoute, FoundRoute, Route } from './route.ts';
import type { Phase, Session } from './session.ts';

/** The part of the configuration that decides how sessions go. Times in milliseconds. */
export interface LineSettings {
  readonly helloTimeoutMs: number;
  readonly helloMaxBytes: number;
  readonly acceptProxy: readonly Cidr[];
  readonly onUnknown: OnUnknown;
  readonly connectTimeoutMs: number;
  readonly connectRetries: number;
  readonly idleTimeoutMs: number;
  readonly halfCloseTimeoutMs: number;
}

/** Told of what happens along the line, as it happens. */
export interface StageObserver {
  entered(session: Session, phase: Phase): void;
  hello(session: Session, hello: Hello): void;
  lookedUp(result: 'exact' | 'wildcard' | 'default' | 'none' | 'unavailable'): void;
  connected(result: DialResult, milliseconds: number): void;
}

/** Counts the live sessions of a backend's slot in and out. */
export interface BackendCounts {
  take(slot: number): void;
  release(slot: number): void;
}

export interface LineParts {
  readonly engine: Engine;
  readonly settings: LineSettings;
  /** By listener index. */
  readonly protocols: readonly (Protocol | 'auto')[];
  readonly findRoute: FindRoute;
  readonly backends: BackendCounts;
  readonly balanceContext: BalanceContext;
  readonly observe: StageObserver;
  readonly account: (session: Session) => void;
  /** A bug: a stage threw something that is no `Ended`. */
  readonly report: (session: Session, error: unknown) => void;
}

/** The real stages, on one engine. */
export function createLine(parts: LineParts): Line {
  return {
    inspect: (session) => inspectHello(parts, session),
    route: (session, hello) => findRoute(parts, session, hello),
    balance: (session, route) => balance(parts, session, route),
    dial: (session, hello, offered) => dialBackend(parts, session, { hello, offered }),
    relay: (session, backend) => relay(parts, session, backend),
    refuse: (session, reason) => refuse(session, reason, { ...parts, ...parts.settings }),
    account(session) {
      session.marks.ended = performance.now();
      if (session.socket !== null) parts.backends.release(session.backend!.slot);
      parts.account(session);
    },
  };
}

async function inspectHello(parts: LineParts, session: Session): Promise<Hello> {
  const { settings, protocols } = parts;
  const inspected = await inspect(session.client, {
    protocol: protocols[session.listener]!,
    helloTimeoutMs: settings.helloTimeoutMs,
    helloMaxBytes: settings.helloMaxBytes,
    expectProxyHeader: expectsProxyHeader(settings.acceptProxy, session),
  });
  const { hello, proxied } = inspected;
  session.hello = hello;
  if (typeof proxied === 'object') session.believe(proxied);
  session.marks.hello = performance.now();
  parts.observe.hello(session, hello);
  return hello;
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
  session.marks.route = performance.now();
  if (found === 'unavailable') {
    parts.observe.lookedUp('unavailable');
    throw new Ended('routes-unavailable');
  }
  if (found === null || !mayUse(found, hello)) {
    parts.observe.lookedUp('none');
    throw new Ended(hello.serverName === null ? 'no-name' : 'unknown-host');
  }
  parts.observe.lookedUp(found.match);
  session.route = found;
  return found;
}

// RFC 8737: whoever answers `acme-tls/1` for a name gets a certificate for it. That must not be the
// owner of the default route.
function mayUse(route: Route, hello: Hello): boolean {
  return (
    route.match !== 'default' || hello.protocol !== 'tls' || !hello.alpn.includes('acme-tls/1')
  );
}

function balance(parts: LineParts, session: Session, route: Route): Candidates {
  parts.observe.entered(session, 'connecting');
  return candidates(route.pool, parts.balanceContext);
}

interface Offer {
  readonly hello: Hello;
  readonly offered: Candidates;
}

async function dialBackend(
  parts: LineParts,
  session: Session,
  offer: Offer,
): Promise<BackendSocket> {
  const dialling = dialOffered(parts, session, offer);
  const dialled = await session.unlessEnded(dialling, ({ backend, socket }) => {
    parts.backends.release(backend.slot);
    socket.close();
  });
  session.socket = dialled.socket;
  session.headSent = dialled.headSent;
  session.marks.connect = dialled.connectedAt;
  return dialled.socket;
}

function dialOffered(
  parts: LineParts,
  session: Session,
  { hello, offered }: Offer,
): Promise<Dialled<Backend, BackendSocket>> {
  const { engine, settings, backends, observe } = parts;
  const { client } = session;
  return dial(
    {
      candidates: offered,
      protocol: hello.protocol,
      earlyData: hello.protocol === 'tls' && hello.earlyData,
      connectTimeoutMs: settings.connectTimeoutMs,
      retries: settings.connectRetries,
      head: () => client.head,
      firstBytes: (backend, head) => firstBytes(session, backend, head),
      take(backend) {
        session.attempts++;
        session.backend = backend;
        backends.take(backend.slot);
      },
      release: ({ slot }) => backends.release(slot),
      onAttempt: (result, ms) => observe.connected(result, ms),
      now: () => performance.now(),
      wait: pause,
    },
    {
      connect: (backend, first, timeoutMs) => engine.dial(backend.endpoint, { first, timeoutMs }),
      firstReply: (socket, timeoutMs) => engine.firstReply(client, socket, timeoutMs),
      close: (socket) => socket.close(),
    },
  );
}

function firstBytes(session: Session, backend: Backend, head: Uint8Array): Uint8Array {
  if (backend.proxy === 'off') return head;
  const { hello } = session;
  const header = proxyHeader(backend.proxy, {
    source: session.source,
    destination: session.destination,
    serverName: hello?.serverName ?? null,
    alpn: hello?.protocol === 'tls' ? hello.alpn : [],
    uniqueId: session.id,
  });
  return Buffer.concat([header, head]);
}

function relay(parts: LineParts, session: Session, backend: BackendSocket): Promise<Termination> {
  const { idleTimeoutMs, halfCloseTimeoutMs } = parts.settings;
  parts.observe.entered(session, 'relaying');
  const { headSent } = session;
  return parts.engine.relay(session.client, backend, {
    headSent,
    idleTimeoutMs,
    halfCloseTimeoutMs,
  });
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
