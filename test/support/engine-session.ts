import type { TestContext } from 'node:test';
import type { EngineHost, RemoteClient } from './engine-remote.ts';
import { listenExact, type ExactSocket } from './exact-socket.ts';

/** What every client of the suite says first. */
export const HELLO = 'hello, backend';

/** A session up to the dial: both of the test's sockets and both of the engine's. */
export interface DialledSession {
  readonly raw: ExactSocket;
  readonly client: RemoteClient;
  readonly rawBackend: ExactSocket;
  /** The number by which the engine host knows the backend. */
  readonly backend: number;
}

/** A client that has said HELLO and a backend that was dialled with it and has read it. */
export async function dialledSession(t: TestContext, host: EngineHost): Promise<DialledSession> {
  const listener = await listenExact(t);
  const { raw, client } = await host.connect(t);
  await raw.send(HELLO);
  const { head } = await client.peek(HELLO.length - 1);
  const { backend } = await host.dial(listener.endpoint, head);
  const rawBackend = await listener.accept();
  await rawBackend.read(HELLO.length);
  return { raw, client, rawBackend, backend };
}
