import { connect } from 'node:net';
import type { NetConnectOpts, Socket } from 'node:net';
import { plainIp } from '../../address.ts';
import type { Endpoint } from '../../address.ts';
import { SocketError } from '../engine.ts';
import type { BackendSocket, DialOptions } from '../engine.ts';
import { isOutOfPorts, type SourceAddresses } from '../source-addresses.ts';
import { Side, SOCKET_OPTIONS } from './side.ts';
import { socketError } from './socket-error.ts';

/** A connected backend. Its bytes are let in only by `firstReply` and `relay`. */
export class NetBackend extends Side implements BackendSocket {
  readonly local: Endpoint;

  constructor(socket: Socket, to: Endpoint) {
    super(socket, !('path' in to));
    this.local = localEndpoint(socket);
  }
}

/** See `Engine.dial`. From the first local address that has a port for it. */
export async function dial(
  to: Endpoint,
  options: DialOptions,
  sources: SourceAddresses,
): Promise<NetBackend> {
  let source = sources.choose(to);
  for (let left = sources.count(to); ; left--) {
    try {
      return await dialFrom(source, to, options);
    } catch (error) {
      if (!(error instanceof SocketError) || !isOutOfPorts(error.code)) throw error;
      if (source !== null) source = sources.advance(to, source);
      if (left <= 1) throw error;
    }
  }
}

function dialFrom(source: string | null, to: Endpoint, options: DialOptions): Promise<NetBackend> {
  return new Promise((resolve, reject) => {
    const socket = connect(connectOptions(source, to));
    const fail = (error: Error) => {
      clearTimeout(timer);
      reject(socketError(error));
    };
    socket.on('error', fail);
    // The kernel alone would go on for two minutes.
    const giveUp = () => socket.destroy(new SocketError('ETIMEDOUT'));
    const timer = setTimeout(giveUp, options.timeoutMs);
    // Before it connects: else node starts to read.
    socket.pause();
    socket.once('connect', () => {
      clearTimeout(timer);
      const backend = new NetBackend(socket, to);
      socket.off('error', fail);
      if (options.first.length > 0) socket.write(options.first);
      resolve(backend);
    });
  });
}

function connectOptions(source: string | null, to: Endpoint): NetConnectOpts {
  if ('path' in to) return { ...SOCKET_OPTIONS, path: to.path };
  // Node would give each of a name's addresses 250 ms; here is one address, with a time limit of our own.
  const at = { host: to.ip, port: to.port, autoSelectFamily: false };
  return { ...SOCKET_OPTIONS, ...at, ...(source === null ? {} : { localAddress: source }) };
}

/** A unix socket that was not bound has no name. */
function localEndpoint({ localAddress, localPort }: Socket): Endpoint {
  if (localAddress === undefined || localPort === undefined) return { path: '' };
  return { ip: plainIp(localAddress), port: localPort };
}
