import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { formatHostPort } from '../../src/address.ts';

/** A socket that listens on an address, and what the address is: `127.0.0.1:41234`. */
export interface ListeningSocket {
  readonly server: Server;
  readonly address: string;
  readonly port: number;
}

export interface ListenOn {
  readonly host?: string;
  /** Only to come back on an address that was ours: else any free one. */
  readonly port?: number;
  readonly backlog?: number;
}

/**
 * Listen, to hand the socket to a program that would otherwise need a port number before it starts.
 * Clients that connect before the program accepts wait in the backlog.
 */
export async function listen(on: ListenOn = {}): Promise<ListeningSocket> {
  const { host = '127.0.0.1', port = 0, backlog = 511 } = on;
  const server = createServer().listen({ host, port, backlog });
  await once(server, 'listening');
  const bound = server.address() as AddressInfo;
  return { server, port: bound.port, address: formatHostPort(bound.address, bound.port) };
}
