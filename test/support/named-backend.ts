import { startRawBackend, type RawBackend, type RawBackendOptions } from './raw-backend.ts';
import type { RawSocket } from './raw-socket.ts';

/** A backend that answers the first bytes of every connection with its name, and hangs up. */
export function startNamedBackend(
  name: string,
  at: Omit<RawBackendOptions, 'onConnection'> = {},
): Promise<RawBackend> {
  // Whoever connects and goes away without a word gets no answer, and nobody misses it.
  const onConnection = (connection: RawSocket) => void answer(connection, name).catch(() => {});
  return startRawBackend({ ...at, onConnection });
}

async function answer(connection: RawSocket, name: string): Promise<void> {
  await connection.read(1);
  await connection.send(name);
  await connection.finish();
}
