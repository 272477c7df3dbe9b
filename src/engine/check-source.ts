import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** A `--source-address` that sessions cannot come from. `code` is the errno name. */
export class SourceAddressFailed extends Error {
  override readonly name = 'SourceAddressFailed';
  readonly address: string;
  readonly code: string;

  constructor(address: string, cause: unknown) {
    super(`cannot dial from ${address}`, { cause });
    this.address = address;
    this.code = String((cause as { code?: unknown }).code);
  }
}

/** Bind each address once, and let go of it. Rejects with `SourceAddressFailed`. */
export async function checkSourceAddresses(addresses: readonly string[]): Promise<void> {
  for (const address of addresses) {
    // A datagram socket: nobody can connect to it meanwhile.
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    try {
      socket.bind({ address, port: 0, exclusive: true });
      await once(socket, 'listening');
    } catch (error) {
      throw new SourceAddressFailed(address, error);
    } finally {
      socket.close();
    }
  }
}
