import type {
  BackendSocket,
  ClientSocket,
  Engine,
  RelayEnd,
  RelayOptions,
} from '../../src/engine/engine.ts';

/** Relay, and resolve with how it ended. */
export function relayed(
  engine: Engine,
  client: ClientSocket,
  backend: BackendSocket,
  options: RelayOptions,
): Promise<RelayEnd> {
  return new Promise((resolve) => {
    engine.relay(client, backend, options, { relayed: resolve });
  });
}
