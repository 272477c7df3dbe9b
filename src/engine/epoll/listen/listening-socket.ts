import type { IpEndpoint } from '../../../address.ts';
import type { ListenAt } from '../../engine.ts';
import type { Descriptors } from '../system/descriptors.ts';
import { KEEP_ALIVE } from '../system/keep-alive.ts';
import { lastError, type Libc } from '../system/libc.ts';
import {
  F_GETFL,
  F_SETFL,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_V6ONLY,
  O_NONBLOCK,
  SO_REUSEADDR,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  TCP_NODELAY,
} from '../system/linux.ts';
import { Memory } from '../system/memory.ts';
import { setOption, type SocketOption } from '../system/option.ts';
import { encodeSockaddr, familyOf, SOCKADDR_BYTES } from '../system/sockaddr.ts';

// Linux hands a listener's options on to what it accepts, which saves a call each per client.
const INHERITED: readonly SocketOption[] = [[IPPROTO_TCP, TCP_NODELAY, 1], ...KEEP_ALIVE];

/** A listening socket, ours or one opened elsewhere. */
export interface ListeningSocket {
  readonly fd: number;
  /** Whether it is ours to close. */
  readonly own: boolean;
}

/** Open a listening socket, or make ready the given one. Throws a `SocketError`. */
export function openListening(libc: Libc, descriptors: Descriptors, at: ListenAt): ListeningSocket {
  if ('fd' in at) return adoptListening(libc, at.fd);
  const type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
  const fd = descriptors.opened(libc.socket(familyOf(at), type, 0));
  if (fd === -1) throw lastError(libc);
  setOption(libc, fd, [SOL_SOCKET, SO_REUSEADDR, 1]);
  if (at.ip.includes(':')) setOption(libc, fd, [IPPROTO_IPV6, IPV6_V6ONLY, Number(at.ipv6Only)]);
  for (const option of INHERITED) setOption(libc, fd, option);
  if (bindTo(libc, fd, at) === -1 || libc.listen(fd, at.backlog) === -1) {
    const error = lastError(libc);
    descriptors.close(fd);
    throw error;
  }
  return { fd, own: true };
}

function adoptListening(libc: Libc, fd: number): ListeningSocket {
  const flags = libc.fcntl(fd, F_GETFL, 0);
  // Another worker may take the client that woke this one: accept(2) must not wait for the next.
  if (flags === -1 || libc.fcntl(fd, F_SETFL, flags | O_NONBLOCK) === -1) throw lastError(libc);
  for (const option of INHERITED) setOption(libc, fd, option);
  return { fd, own: false };
}

function bindTo(libc: Libc, fd: number, at: IpEndpoint): number {
  const address = new Memory(libc, SOCKADDR_BYTES);
  const length = encodeSockaddr(at, address.bytes);
  return libc.bind(fd, address.address, length);
}
