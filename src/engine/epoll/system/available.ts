import { constants } from 'node:os';
import { lastError, loadLibc, type Libc } from './libc.ts';
import { EPOLL_CLOEXEC, EVENT_LAYOUTS } from './linux.ts';

const { EPERM, ENOSYS } = constants.errno;

// What a seccomp filter may refuse while it lets Node itself run. None of these does anything.
const PROBES: Readonly<Record<string, (libc: Libc) => number>> = {
  accept4: (libc) => libc.accept4(-1, 0, 0, 0),
  epoll_ctl: (libc) => libc.epoll_ctl(-1, 0, -1, 0),
  epoll_wait: (libc) => libc.epoll_wait(-1, 0, 1, 0),
  pipe2: (libc) => libc.pipe2(0, -1),
  splice: (libc) => libc.splice(-1, 0, -1, 0, 1, 0),
};

/** Why the epoll engine cannot run here, in words for the log; `null` when it can. */
export function epollUnavailable(): string | null {
  if (process.platform !== 'linux') return `epoll needs Linux, this is ${process.platform}`;
  if (EVENT_LAYOUTS[process.arch] === undefined) {
    return `epoll is not built for ${process.arch}, only for ${Object.keys(EVENT_LAYOUTS).join(', ')}`;
  }
  try {
    return refusedCall(loadLibc());
  } catch (error) {
    return `koffi, an optional dependency, does not load: ${(error as Error).message}`;
  }
}

function refusedCall(libc: Libc): string | null {
  const epoll = libc.epoll_create1(EPOLL_CLOEXEC);
  if (epoll === -1) return `the system refuses epoll_create1: ${lastError(libc).code}`;
  libc.close(epoll);
  const refused = Object.entries(PROBES).find(([, probe]) => {
    probe(libc);
    return [EPERM, ENOSYS].includes(libc.errno());
  });
  return refused === undefined ? null : `the system refuses ${refused[0]}: ${lastError(libc).code}`;
}
