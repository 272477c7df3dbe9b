import { startRawBackend, type RawBackend } from './raw-backend.ts';
import type { RawSocket } from './raw-socket.ts';

const HANDSHAKE = 0x16;

export interface AnsweringBackend extends RawBackend {
  /** Close or reset connections from this address before they get a byte; `null` answers everybody. */
  closesOn: ((address: string) => boolean | 'reset') | null;
}

/**
 * A backend that answers whoever says something with the beginning of a TLS record, its name in it, and
 * hangs up: to a probe it is alive, and the last letters of what a client gets are its name.
 */
export async function startAnsweringBackend(
  name: string,
  at: { readonly port?: number } = {},
): Promise<AnsweringBackend> {
  let closesOn: AnsweringBackend['closesOn'] = null;
  const backend = await startRawBackend({
    ...at,
    onConnection: (connection) => {
      const isRefused = closesOn?.(connection.socket.remoteAddress ?? '') ?? false;
      if (isRefused === 'reset') return connection.reset();
      // Whoever connects and goes away without a word gets no answer, and nobody misses it.
      void (isRefused ? connection.finish() : answer(connection, name)).catch(() => {});
    },
  });
  return {
    address: backend.address,
    port: backend.port,
    get accepted() {
      return backend.accepted;
    },
    accept: () => backend.accept(),
    get closesOn() {
      return closesOn;
    },
    set closesOn(rule) {
      closesOn = rule;
    },
    [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
  };
}

async function answer(connection: RawSocket, name: string): Promise<void> {
  await connection.read(1);
  const text = Buffer.from(name);
  await connection.send(Buffer.concat([Buffer.of(HANDSHAKE, 3, 3, 0, text.length), text]));
  await connection.finish();
}
