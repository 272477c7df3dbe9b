import { performance } from 'node:perf_hooks';
import type { Backend } from '../balance/backend.ts';
import type { Candidates } from '../balance/candidates.ts';
import { dial, type Connector, type Dialled } from '../dial/dial.ts';
import type { DialResult } from '../dial/failure.ts';
import { proxyHeader } from '../dial/proxy-header.ts';
import type { BackendSocket } from '../engine/engine.ts';
import type { Hello } from '../inspect/hello.ts';
import { Ended } from '../termination.ts';
import type { LineParts } from './line-parts.ts';
import type { Session } from './session.ts';
import { SpentRetries } from './spent-retries.ts';
import { leaveBackend, Room } from './waiting/room.ts';

// The route of one tenant must not put the backend of another out of use by being impatient.
const FAIR_MS = 250;
// Timers are not exact, and the last attempt of a session may have less time than the others.
const NEARLY_ALL = 0.9;

/** What a session is dialled with: where it wants to go, and who may take it there. */
interface Offer {
  readonly hello: Hello;
  readonly offered: Candidates;
}

/** The dial stage of one session. Throws as `dial` does, and `Ended` when the session was ended meanwhile. */
export async function dialBackend(
  parts: LineParts,
  session: Session,
  offer: Offer,
): Promise<BackendSocket> {
  if (session.isOver) {
    if (offer.offered instanceof Room) offer.offered.leave();
    throw new Ended(session.termination);
  }
  const dialling = dialOffered(parts, session, offer);
  const dialled = await session.unlessEnded(dialling, ({ backend, socket }) => {
    leaveBackend(parts.backends, backend);
    socket.close();
  });
  session.socket = dialled.socket;
  session.client.consume(dialled.headSent);
  session.connectAfter = session.ageAt(dialled.connectedAt);
  return dialled.socket;
}

function dialOffered(
  parts: LineParts,
  session: Session,
  { hello, offered }: Offer,
): Promise<Dialled<Backend, BackendSocket>> {
  const { settings, backends, witness } = parts;
  const { client } = session;
  const route = session.route!;
  const connectTimeoutMs = route.options.connectTimeoutMs ?? settings.connectTimeoutMs;
  const spent = new SpentRetries(parts);
  const attempted = watchAttempts(parts, session, connectTimeoutMs);
  return dial(
    {
      candidates: offered,
      protocol: hello.protocol,
      earlyData: hello.protocol === 'tls' && hello.earlyData,
      connectTimeoutMs,
      retries: settings.connectRetries,
      absence: route.absence,
      maySpend: () => spent.spend(),
      isOver: () => session.isOver,
      head: () => client.head,
      firstBytes: (backend, head) => firstBytes(session, backend, head),
      take: (backend) => takeBackend(parts, session, { offered, backend }),
      release: (backend) => leaveBackend(backends, backend),
      onReply: (reply) => witness.replied(session, reply),
      onAttempt(result, ms) {
        if (result === 'ok') spent.giveBack();
        attempted(result, ms);
      },
      now: () => performance.now(),
      wait: pause,
    },
    connectorOf(parts, session),
  );
}

function connectorOf({ engine }: LineParts, session: Session): Connector<Backend, BackendSocket> {
  return {
    connect: (backend, first, timeoutMs) => engine.dial(backend.endpoint, { first, timeoutMs }),
    firstReply: (socket, timeoutMs) => engine.firstReply(session.client, socket, timeoutMs),
    close: (socket) => socket.close(),
  };
}

function takeBackend(
  { backends }: LineParts,
  session: Session,
  { offered, backend }: { readonly offered: Candidates; readonly backend: Backend },
): void {
  session.attempts++;
  session.backend = backend;
  if (offered instanceof Room) offered.take(backend);
  else backends.take(backend.slot);
}

function watchAttempts(
  { observe, witness, settings }: LineParts,
  session: Session,
  timeoutMs: number,
): (result: DialResult, ms: number) => void {
  const fairMs = Math.min(settings.connectTimeoutMs, Math.max(timeoutMs, FAIR_MS)) * NEARLY_ALL;
  return (result, ms) => {
    observe.connected(result, ms);
    witness.attempted(session, result, ms >= fairMs);
  };
}

function firstBytes(session: Session, backend: Backend, head: Uint8Array): Uint8Array {
  if (backend.proxy === 'off') return head;
  const header = proxyHeader(backend.proxy, {
    source: session.source,
    destination: session.destination,
    serverName: session.host,
    alpn: session.alpn,
    uniqueId: session.id,
  });
  return Buffer.concat([header, head]);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
