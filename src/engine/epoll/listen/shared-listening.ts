import { closeSync } from 'node:fs';
import type { IpEndpoint } from '../../../address.ts';
import type { ListenAt } from '../../engine.ts';
import { Descriptors } from '../system/descriptors.ts';
import { loadLibc } from '../system/libc.ts';
import { openListening } from './listening-socket.ts';
import { localEndpoint } from '../system/local.ts';
import { UNSPECIFIED } from '../system/sockaddr.ts';

/** A listening socket that belongs to the process: any thread may accept on its descriptor. */
export interface SharedListening {
  readonly fd: number;
  readonly address: IpEndpoint;
  /** No thread may still be using the descriptor. What is queued on it is reset. */
  close(): void;
}

// Recorded in no worker's ledger: it outlives every one of them.
const NO_LEDGER = new SharedArrayBuffer(0);

/** Open a listening socket for several threads. Throws a `SocketError`. */
export function openSharedListening(at: ListenAt): SharedListening {
  const libc = loadLibc();
  const { fd } = openListening(libc, new Descriptors(libc, NO_LEDGER), at);
  const address = localEndpoint(libc, fd);
  return { fd, address: 'path' in address ? UNSPECIFIED : address, close: () => closeSync(fd) };
}
