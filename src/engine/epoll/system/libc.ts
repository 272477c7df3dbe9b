import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { SocketError } from '../../engine.ts';

export const { EAGAIN, EINPROGRESS, EINTR, EMFILE } = constants.errno;

/**
 * The system calls of this engine. Memory is passed by address (see `Memory`), except to `sendBytes`,
 * which takes any bytes. Each returns -1 on failure, and then `errno` says why.
 */
export interface Libc {
  accept4(fd: number, address: number, length: number, flags: number): number;
  bind(fd: number, address: number, length: number): number;
  close(fd: number): number;
  connect(fd: number, address: number, length: number): number;
  epoll_create1(flags: number): number;
  epoll_ctl(epfd: number, op: number, fd: number, event: number): number;
  epoll_wait(epfd: number, events: number, max: number, timeoutMs: number): number;
  fcntl(fd: number, command: number, argument: number): number;
  getsockname(fd: number, address: number, length: number): number;
  listen(fd: number, backlog: number): number;
  pipe2(pair: number, flags: number): number;
  recv(fd: number, buffer: number, length: number, flags: number): number;
  send(fd: number, buffer: number, length: number, flags: number): number;
  sendBytes(fd: number, bytes: Uint8Array, length: number, flags: number): number;
  setsockopt(fd: number, level: number, name: number, value: number, length: number): number;
  shutdown(fd: number, how: number): number;
  socket(family: number, type: number, protocol: number): number;
  splice(from: number, offIn: number, to: number, offOut: number, size: number, f: number): number;
  /** The errno of the call that has just failed, asked for at once. */
  errno(): number;
  /** Where `bytes` lie. They stay there as long as they live. */
  address(bytes: Uint8Array): number;
  /** This thread's libuv loop: its epoll descriptor, and how long it would sleep (-1: for ever). */
  uvBackendFd(): number;
  uvBackendTimeout(): number;
}

// ssize_t is read as int: no call here moves 2 GiB. An address fits a double's 53 bits and is cheapest so.
const PROTOTYPES = {
  accept4: 'int accept4(int, uintptr_t, uintptr_t, int)',
  bind: 'int bind(int, uintptr_t, int)',
  close: 'int close(int)',
  connect: 'int connect(int, uintptr_t, int)',
  epoll_create1: 'int epoll_create1(int)',
  epoll_ctl: 'int epoll_ctl(int, int, int, uintptr_t)',
  epoll_wait: 'int epoll_wait(int, uintptr_t, int, int)',
  fcntl: 'int fcntl(int, int, int)',
  getsockname: 'int getsockname(int, uintptr_t, uintptr_t)',
  listen: 'int listen(int, int)',
  pipe2: 'int pipe2(uintptr_t, int)',
  recv: 'int recv(int, uintptr_t, size_t, int)',
  send: 'int send(int, uintptr_t, size_t, int)',
  sendBytes: 'int send(int, const void *, size_t, int)',
  setsockopt: 'int setsockopt(int, int, int, uintptr_t, int)',
  shutdown: 'int shutdown(int, int)',
  socket: 'int socket(int, int, int)',
  splice: 'int splice(int, uintptr_t, int, uintptr_t, size_t, int)',
} as const;

let loaded: Libc | undefined;

/** The bindings, loaded once per thread. Throws where koffi or a symbol is missing. */
export function loadLibc(): Libc {
  loaded ??= bind();
  return loaded;
}

/** The failure of the call that has just returned -1. */
export function lastError(libc: Libc): SocketError {
  return socketError(libc.errno());
}

/** `errno` as the seam's error. */
export function socketError(errno: number): SocketError {
  return new SocketError(getSystemErrorName(-errno));
}

function bind(): Libc {
  const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
  const library = koffi.load(null);
  const calls = Object.entries(PROTOTYPES).map(([name, text]) => [name, library.func(text)]);
  const uvLoop = findUvLoop(koffi, library);
  const uvBackendFd = library.func('int uv_backend_fd(uintptr_t)');
  const uvBackendTimeout = library.func('int uv_backend_timeout(uintptr_t)');
  return {
    ...(Object.fromEntries(calls) as unknown as Pick<Libc, keyof typeof PROTOTYPES>),
    errno: () => koffi.errno(),
    address: (bytes) => Number(koffi.address(bytes)),
    uvBackendFd: () => uvBackendFd(uvLoop) as number,
    uvBackendTimeout: () => uvBackendTimeout(uvLoop) as number,
  };
}

function findUvLoop(koffi: typeof import('koffi'), library: import('koffi').LibraryHandle): number {
  const find = library.func('int napi_get_uv_event_loop(void *, _Out_ void **)');
  const loop: [bigint | null] = [null];
  if (find(koffi.node.env, loop) !== 0 || loop[0] === null) throw new Error('no libuv loop');
  return Number(loop[0]);
}
