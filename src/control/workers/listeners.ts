import type { ListenAt } from '../../engine/engine.ts';
import {
  openSharedListening,
  type SharedListening,
} from '../../engine/epoll/listen/shared-listening.ts';
import { SocketError, type EngineName } from '../../engine/engine.ts';
import type { IpEndpoint } from '../../address.ts';
import type { ListenerStart } from '../../worker/messages.ts';
import { ListenFailed } from './supervisor.ts';

/** A listener as configured. Port 0 asks the system for a free one. */
export interface ListenerConfig extends IpEndpoint, Pick<ListenerStart, 'name' | 'protocol'> {}

const BACKLOG = 4096;

/**
 * The listening sockets of the edge. With the epoll engine they are opened here, one descriptor each
 * however many workers accept on it, and outlive every worker: whoever is queued on one is not lost
 * with the worker that dies. With the net engine the one worker opens them itself.
 */
export class Listeners {
  readonly starts: readonly ListenerStart[];
  #shared: SharedListening[] = [];

  /** Throws `ListenFailed`. */
  constructor(engine: EngineName, configs: readonly ListenerConfig[]) {
    this.starts = configs.map(({ name, protocol, ip, port }) => {
      // `::` takes IPv4 clients too, unless the operator has a listener for them on the same port.
      const ipv6Only = configs.some((other) => other.ip === '0.0.0.0' && other.port === port);
      const at = { ip, port, backlog: BACKLOG, ipv6Only };
      return { name, protocol, at: engine === 'net' ? at : this.#share(name, at) };
    });
  }

  /** Close what is shared. No worker may be accepting any more. */
  close(): void {
    for (const listening of this.#shared) listening.close();
    this.#shared = [];
  }

  #share(name: string, at: ListenAt): ListenAt {
    try {
      const listening = openSharedListening(at);
      this.#shared.push(listening);
      return { fd: listening.fd };
    } catch (error) {
      this.close();
      throw error instanceof SocketError ? new ListenFailed(name, error.code) : error;
    }
  }
}
