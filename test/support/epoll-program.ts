import { createEpollEngine } from '../../src/engine/epoll/epoll-engine.ts';
import { relayTo } from './epoll-proxy.ts';

/** A program that relays to the port of 127.0.0.1 it is given, and prints the port it listens on. */

const engine = createEpollEngine();
const to = { ip: '127.0.0.1', port: Number(process.argv[2]) };
const at = { ip: '127.0.0.1', port: 0, backlog: 511, ipv6Only: false };
const { address } = await engine.listen(at, (client) => void relayTo(engine, client, to));
console.log(address.port);
