import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { formatHostPort } from '../../src/address.ts';
import { RAW_OPTIONS, RawSocket } from './raw-socket.ts';
import { within } from './wait.ts';

/** A backend whose every connection is in the test's own hands. */
export interface RawBackend extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  /** How many connections have come so far. */
  readonly accepted: number;
  /** The next connection, in the order they came. */
  accept(): Promise<RawSocket>;
}

export interface RawBackendOptions {
  readonly host?: string;
  /** Only to come back on a port that was ours. */
  readonly port?: number;
  /** Called with every connection as it comes, before `accept` gives it away. */
  readonly onConnection?: (connection: RawSocket) => void;
}

/** Listen. When it is disposed of, its connections are closed and new ones refused. */
export async function startRawBackend(options: RawBackendOptions = {}): Promise<RawBackend> {
  const { host = '127.0.0.1', port = 0, onConnection } = options;
  const sockets: Socket[] = [];
  const waiting: RawSocket[] = [];
  const server = createServer(RAW_OPTIONS, (socket) => {
    sockets.push(socket);
    const connection = new RawSocket(socket);
    onConnection?.(connection);
    waiting.push(connection);
    server.emit('raw');
  });
  server.listen({ host, port });
  await once(server, 'listening');
  const bound = server.address() as AddressInfo;
  const next = async (): Promise<RawSocket> => {
    while (waiting.length === 0) await once(server, 'raw');
    return waiting.shift()!;
  };
  return {
    address: formatHostPort(bound.address, bound.port),
    port: bound.port,
    get accepted() {
      return sockets.length;
    },
    accept: () => within(next(), () => `no connection; ${sockets.length} came before`),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await server[Symbol.asyncDispose]();
    },
  };
}
