import type { Libc } from './libc.ts';
import { IP_BIND_ADDRESS_NO_PORT, IPPROTO_IP } from './linux.ts';
import { Memory } from './memory.ts';
import { encodeSockaddr, SOCKADDR_BYTES } from './sockaddr.ts';

interface Bound {
  readonly memory: Memory;
  readonly length: number;
}

/** Binds sockets to local addresses, and leaves the port to connect(2): ip(7), Linux 4.2. */
export class SourceBinding {
  readonly #libc: Libc;
  readonly #one: Memory;
  readonly #known = new Map<string, Bound>();

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#one = new Memory(libc, 4);
    this.#one.words[0] = 1;
  }

  /** As bind(2): -1 on failure, and errno says why. */
  bind(fd: number, ip: string): number {
    const { memory, length } = this.#known.get(ip) ?? this.#encode(ip);
    // Without it a port is one backend's alone, and all of them together have 28,000 an address.
    this.#libc.setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, this.#one.address, 4);
    return this.#libc.bind(fd, memory.address, length);
  }

  // As many as there are options on the command line.
  #encode(ip: string): Bound {
    const memory = new Memory(this.#libc, SOCKADDR_BYTES);
    const bound = { memory, length: encodeSockaddr({ ip, port: 0 }, memory.bytes) };
    this.#known.set(ip, bound);
    return bound;
  }
}
