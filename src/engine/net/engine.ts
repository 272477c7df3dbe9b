import type { Engine } from '../engine.ts';
import { dial } from './dial.ts';
import { firstReply } from './first-reply.ts';
import { listen } from './listen.ts';
import { relay } from './relay.ts';

/** The portable engine, on `node:net`. It is given back only sockets that it made itself. */
export const netEngine: Engine = { name: 'net', listen, dial, firstReply, relay };
