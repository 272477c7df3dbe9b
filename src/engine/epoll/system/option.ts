import type { Libc } from './libc.ts';
import { Memory } from './memory.ts';

/** An integer option of setsockopt(2). */
export type SocketOption = readonly [level: number, name: number, value: number];

/** Set an option that a socket also works without: a failure is let pass. */
export function setOption(libc: Libc, fd: number, [level, name, value]: SocketOption): void {
  const memory = new Memory(libc, 4);
  memory.words[0] = value;
  libc.setsockopt(fd, level, name, memory.address, 4);
}
