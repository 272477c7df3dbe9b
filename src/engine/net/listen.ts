import { createServer } from 'node:net';
import type { AddressInfo, ListenOptions, Server, Socket } from 'node:net';
import { plainIp } from '../../address.ts';
import type { IpEndpoint } from '../../address.ts';
import { SocketError } from '../engine.ts';
import type { ListenAt, Listening } from '../engine.ts';
import { NetClient } from './peek.ts';
import { SOCKET_OPTIONS } from './side.ts';
import { socketError } from './socket-error.ts';

/** Node calls listen(2) again on an inherited descriptor, with 511 unless told: `somaxconn` still bounds it. */
const INHERITED_BACKLOG = 4096;

/** See `Engine.listen`. */
export function listen(
  at: ListenAt,
  onClient: (client: NetClient) => void,
  onAcceptError?: (code: string) => void,
): Promise<Listening> {
  const server = createServer({ ...SOCKET_OPTIONS, pauseOnConnect: true }, (socket) => {
    const client = acceptedClient(socket);
    if (client !== null) onClient(client);
  });
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(socketError(error));
    server.once('error', fail);
    server.listen(listenOptions(at), () => {
      server.off('error', fail);
      // An accept(2) that failed: that client is gone and the listener goes on.
      server.on('error', (error) => onAcceptError?.(socketError(error).code));
      const address = server.address();
      if (address !== null && typeof address === 'object') resolve(listening(server, address));
      else fail(new SocketError('EAFNOSUPPORT'));
    });
  });
}

function listenOptions(at: ListenAt): ListenOptions & { fd?: number } {
  if ('fd' in at) return { fd: at.fd, backlog: INHERITED_BACKLOG };
  const { ip: host, port, backlog, ipv6Only } = at;
  return { host, port, backlog, ipv6Only };
}

function listening(server: Server, { address, port }: AddressInfo): Listening {
  return {
    address: { ip: plainIp(address), port },
    // Node's own callback would wait for the last client to leave.
    close: () => {
      server.close();
      return Promise.resolve();
    },
  };
}

/** `null` for a client that was gone before it could be asked who it is. */
function acceptedClient(socket: Socket): NetClient | null {
  const remote = ipEndpoint(socket.remoteAddress, socket.remotePort);
  const local = ipEndpoint(socket.localAddress, socket.localPort);
  if (remote !== null && local !== null) return new NetClient(socket, remote, local);
  socket.destroy();
  return null;
}

function ipEndpoint(ip: string | undefined, port: number | undefined): IpEndpoint | null {
  return ip === undefined || port === undefined ? null : { ip: plainIp(ip), port };
}
