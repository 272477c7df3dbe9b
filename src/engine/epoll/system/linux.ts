/** Numbers of the Linux ABI, the same on x86-64 and arm64 (asm-generic headers). */

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;

export const SOCK_STREAM = 1;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;

export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 2;
export const SO_KEEPALIVE = 9;
export const SO_LINGER = 13;

export const IPPROTO_IP = 0;
export const IP_BIND_ADDRESS_NO_PORT = 24;

export const IPPROTO_TCP = 6;
export const TCP_NODELAY = 1;
export const TCP_KEEPIDLE = 4;
export const TCP_KEEPINTVL = 5;
export const TCP_KEEPCNT = 6;
export const TCP_QUICKACK = 12;

export const IPPROTO_IPV6 = 41;
export const IPV6_V6ONLY = 26;

export const MSG_PEEK = 0x2;
export const MSG_NOSIGNAL = 0x4000;
export const MSG_MORE = 0x8000;

export const SHUT_WR = 1;

export const F_GETFL = 3;
export const F_SETFL = 4;
export const F_SETPIPE_SZ = 1031;

export const O_NONBLOCK = 0o4000;
export const O_CLOEXEC = 0o2000000;

export const SPLICE_F_MOVE = 1;
export const SPLICE_F_NONBLOCK = 2;

export const EPOLL_CLOEXEC = 0o2000000;
export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const EPOLL_CTL_MOD = 3;
export const EPOLLIN = 0x1;
export const EPOLLOUT = 0x4;
export const EPOLLERR = 0x8;
export const EPOLLHUP = 0x10;
export const EPOLLRDHUP = 0x2000;
export const EPOLLEXCLUSIVE = 1 << 28;
export const EPOLLET = 1 << 31;

/** Where `struct epoll_event` keeps its parts, counted in 32-bit words. */
export interface EventLayout {
  readonly words: number;
  /** The first word of `data`; `events` is always word 0. */
  readonly data: number;
}

/** Packed on x86-64 (12 bytes), naturally aligned elsewhere (16 bytes). */
export const EVENT_LAYOUTS: Readonly<Record<string, EventLayout>> = {
  x64: { words: 3, data: 1 },
  arm64: { words: 4, data: 2 },
};
