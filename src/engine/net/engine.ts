import type { Engine } from '../engine.ts';
import { SourceAddresses } from '../source-addresses.ts';
import { dial } from './dial.ts';
import { firstReply } from './first-reply.ts';
import { listen } from './listen.ts';
import { relay } from './relay.ts';

/**
 * The portable engine, on `node:net`. It is given back only sockets that it made itself. `sourceAddresses`
 * are the local addresses to dial from; none leaves the choice to the kernel.
 */
export function createNetEngine(sourceAddresses: readonly string[]): Engine {
  const sources = new SourceAddresses(sourceAddresses);
  return {
    name: 'net',
    listen,
    dial: (to, options) => dial(to, options, sources),
    firstReply,
    relay,
  };
}

export const netEngine = createNetEngine([]);
