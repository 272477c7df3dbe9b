import { once } from 'node:events';
import { connect, type TcpNetConnectOpts } from 'node:net';
import { parseHostPort } from '../../src/address.ts';
import { RAW_OPTIONS, RawSocket } from './raw-socket.ts';

/** Connect to `127.0.0.1:41234` or `[::1]:41234` with a client that does exactly as it is told. */
export async function connectRaw(
  address: string,
  options: Partial<TcpNetConnectOpts> = {},
): Promise<RawSocket> {
  const { host, port } = parseHostPort(address)!;
  const socket = connect({ ...options, ...RAW_OPTIONS, host, port: port! });
  await once(socket, 'connect');
  return new RawSocket(socket);
}
