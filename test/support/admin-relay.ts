import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** One address for the admin listeners of edges that come and go. */
export interface AdminRelay extends AsyncDisposable {
  /** `http://127.0.0.1:41234`. */
  readonly adminUrl: string;
  /** Where connections go from now on; `null` closes those there are, and every new one. */
  pointTo(adminUrl: string | null): void;
}

/** Listen on an address that stays. */
export async function startAdminRelay(): Promise<AdminRelay> {
  let port: number | null = null;
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    return socket;
  };
  const server = createServer((client) => {
    keep(client);
    if (port === null) {
      client.destroy();
      return;
    }
    const edge = keep(connect({ host: '127.0.0.1', port }));
    client.on('close', () => edge.destroy());
    edge.on('close', () => client.destroy());
    client.pipe(edge).pipe(client);
  }).listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const cut = () => sockets.forEach((socket) => socket.destroy());
  return {
    adminUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pointTo(adminUrl) {
      port = adminUrl === null ? null : Number(new URL(adminUrl).port);
      if (port === null) cut();
    },
    async [Symbol.asyncDispose]() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
