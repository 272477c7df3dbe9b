import {
  IPPROTO_TCP,
  SO_KEEPALIVE,
  SOL_SOCKET,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
} from './linux.ts';
import { setOption, type SocketOption } from './option.ts';
import type { Socket } from '../socket.ts';

/** A silent other side is asked after a minute, and given up after six questions in as many tens of seconds. */
export const KEEP_ALIVE: readonly SocketOption[] = [
  [SOL_SOCKET, SO_KEEPALIVE, 1],
  [IPPROTO_TCP, TCP_KEEPIDLE, 60],
  [IPPROTO_TCP, TCP_KEEPINTVL, 10],
  [IPPROTO_TCP, TCP_KEEPCNT, 6],
];

/** Have the kernel notice when the other side has vanished. */
export function keepAlive(socket: Socket): void {
  for (const option of KEEP_ALIVE) setOption(socket.context.loop.libc, socket.fd, option);
}
