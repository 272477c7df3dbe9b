import type { Backend } from '../balance/backend.ts';
import type { Candidates } from '../balance/candidates.ts';
import { dial, type Dialled } from '../dial/dial.ts';
import { proxyHeader } from '../dial/proxy-header.ts';
import type { BackendSocket } from '../engine/engine.ts';
import type { Hello } from '../inspect/hello.ts';
import { Ended } from '../termination.ts';
import type { LineParts } from './line-parts.ts';
import type { Session } from './session.ts';

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
  if (session.isOver) throw new Ended(session.termination);
  const dialling = dialOffered(parts, session, offer);
  const dialled = await session.unlessEnded(dialling, ({ backend, socket }) => {
    parts.backends.release(backend.slot);
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
  const { engine, settings, backends, observe } = parts;
  const { client } = session;
  const route = session.route!;
  return dial(
    {
      candidates: offered,
      protocol: hello.protocol,
      earlyData: hello.protocol === 'tls' && hello.earlyData,
      connectTimeoutMs: route.options.connectTimeoutMs ?? settings.connectTimeoutMs,
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
