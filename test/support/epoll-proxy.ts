import type { Endpoint } from '../../src/address.ts';
import type { ClientSocket, Engine } from '../../src/engine/engine.ts';
import { relayed } from './relayed.ts';

const LONG_MS = 600_000;

/** Give `client` to the backend `to`: the shortest session there is. */
export async function relayTo(engine: Engine, client: ClientSocket, to: Endpoint): Promise<void> {
  try {
    if ((await client.peek(0, LONG_MS)) !== 'more') return client.close();
    const { head } = client;
    const backend = await engine.dial(to, { first: head, timeoutMs: LONG_MS });
    await engine.firstReply(client, backend, LONG_MS);
    const limits = { idleTimeoutMs: LONG_MS, halfCloseTimeoutMs: LONG_MS };
    client.consume(head.length);
    await relayed(engine, client, backend, limits);
  } catch {
    client.reset();
  }
}
