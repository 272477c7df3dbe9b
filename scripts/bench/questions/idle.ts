import { setTimeout as pause } from 'node:timers/promises';
import { IdleSessions } from '../load/idle.ts';
import { assertFlawless, leave, type Load } from '../load/load.ts';
import { ShortConnections } from '../load/short.ts';
import { memoryKb } from '../proxies/process.ts';
import { HAPROXY, NGINX, SNIPROXY } from '../proxies/peers.ts';
import type { RunningProxy } from '../proxies/proxy.ts';
import { EPOLL, NET } from '../proxies/sluice.ts';
import { alone, type Question } from './question.ts';

const AT_ONCE = 64;
const OPENING_MS = 60_000;
// A full run warms up with 30,000 connections, for 25 seconds at most.
const WARM_PER_MS = 12;
const WARM_PATIENCE = 10;

export const IDLE: Question = {
  id: 'idle',
  title: 'Idle: thousands of sessions at rest',
  columns: [
    { key: 'memory', heading: 'KB per session', digits: 2 },
    { key: 'before', heading: 'MB without', digits: 1 },
    { key: 'after', heading: 'MB with them', digits: 1 },
  ],
  contenders: alone(EPOLL, NET, HAPROXY, NGINX, SNIPROXY),
  names: 1,
  isFresh: true,
  maxRounds: 5,
  bar: { must: 0.2, aim: 0.05 },
  async measure(load, proxy, { sessions, warmMs, restMs }) {
    warmUp(load, proxy, warmMs);
    leave(load);
    await pause(restMs);
    const before = memoryOf(proxy);
    open(load, proxy, sessions);
    // Once more, so that a collector has come as far with its garbage as it had before.
    warmUp(load, proxy, warmMs);
    await pause(restMs);
    const after = memoryOf(proxy);
    leave(load);
    return { memory: (after - before) / sessions, before: before / 1024, after: after / 1024 };
  },
};

// As many connections for everyone: a collector's room grows with what has been allocated.
function warmUp(load: Load, proxy: RunningProxy, ms: number): void {
  load.tally.clear();
  const exchange = new ShortConnections(load, proxy.port, AT_ONCE);
  load.wire.drive(exchange, ms * WARM_PATIENCE, () => load.tally.done >= ms * WARM_PER_MS);
}

function open(load: Load, proxy: RunningProxy, sessions: number): void {
  load.tally.clear();
  const exchange = new IdleSessions(load, proxy.port, { sessions, atOnce: AT_ONCE });
  load.wire.drive(exchange, OPENING_MS, () => load.tally.done === sessions);
  assertFlawless(load, 'idle sessions');
  const { done } = load.tally;
  if (done < sessions) throw new Error(`only ${done} of ${sessions} idle sessions were opened`);
}

function memoryOf({ pid }: RunningProxy): number {
  return pid === null ? Number.NaN : memoryKb(pid);
}
