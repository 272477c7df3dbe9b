import { SocketError } from '../engine.ts';

/** The error of a failed call on a socket, as the seam promises it: with its errno name. */
export function socketError(error: NodeJS.ErrnoException): SocketError {
  return error instanceof SocketError ? error : new SocketError(error.code ?? 'EIO', error);
}
