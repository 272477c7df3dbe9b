import { parentPort, workerData } from 'node:worker_threads';
import type { IpEndpoint } from '../../src/address.ts';
import { createEpollEngine } from '../../src/engine/epoll/epoll-engine.ts';
import { relayTo } from './epoll-proxy.ts';

/** A worker on a listening descriptor it shares with others. Any message has it stop listening. */

export interface EpollThreadData {
  readonly fd: number;
  readonly to: IpEndpoint;
  readonly ledger: SharedArrayBuffer;
}

const { fd, to, ledger } = workerData as EpollThreadData;
const engine = createEpollEngine({ ledger });
const listening = await engine.listen({ fd }, (client) => void relayTo(engine, client, to));
parentPort!.once('message', () => void listening.close().then(() => post('stopped')));
post('listening');

function post(state: 'listening' | 'stopped'): void {
  parentPort!.postMessage(state);
}
