import type { Endpoint } from '../../../address.ts';
import type { Libc } from './libc.ts';
import { Memory } from './memory.ts';
import { decodeSockaddr, SOCKADDR_BYTES, UNSPECIFIED } from './sockaddr.ts';

/** What the descriptor is bound to; `UNSPECIFIED` when it is closed (-1). Asked of the kernel each time. */
export function localEndpoint(libc: Libc, fd: number): Endpoint {
  const address = new Memory(libc, SOCKADDR_BYTES);
  const length = new Memory(libc, 4);
  length.words[0] = SOCKADDR_BYTES;
  if (libc.getsockname(fd, address.address, length.address) === -1) return UNSPECIFIED;
  return decodeSockaddr(address.bytes, length.words[0]);
}
