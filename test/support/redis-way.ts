import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { RedisServer } from './redis.ts';

/** What is done with each piece that a client sends. Resolves when it may go on to Redis. */
export type OnSent = (data: Buffer, client: Socket) => Promise<void> | void;

/** A way to a Redis on which every piece that is sent to it is seen first. */
export async function watchSent(redis: RedisServer, onSent: OnSent) {
  const server = createServer((client) => {
    const backend = connect(redis.port, '127.0.0.1');
    let sent = Promise.resolve();
    client.on('data', (data: Buffer) => {
      sent = sent.then(() => onSent(data, client)).then(() => void backend.write(data));
    });
    backend.pipe(client);
    for (const socket of [client, backend]) socket.on('error', () => {});
    client.on('close', () => backend.destroy());
    backend.on('close', () => client.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `redis://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
