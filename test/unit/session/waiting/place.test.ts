import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPool } from '../../../../src/balance/pool.ts';
import type { PeekEnd } from '../../../../src/engine/engine.ts';
import type { LineParts } from '../../../../src/session/line-parts.ts';
import { NO_OPTIONS, type Route } from '../../../../src/session/route.ts';
import type { Session } from '../../../../src/session/session.ts';
import { offer } from '../../../../src/session/waiting/offer.ts';
import { Waiting } from '../../../../src/session/waiting/waiting.ts';
import { BackendState, createBackendStateBuffers } from '../../../../src/worker/backend-state.ts';
import { backendsOf, contextOf } from '../../balance/backends.ts';

const QUEUE = 20;
const OTHER_QUEUE = 21;
const [FULL, FREE] = backendsOf(1, 1).map((backend) => ({ ...backend, max: 1 }));

/** A route whose queue takes one. */
function routeTo(backend: typeof FULL, queue = QUEUE): Route {
  return {
    pattern: 'app.test',
    match: 'exact',
    pool: createPool([backend!], 'random'),
    acme: null,
    options: { ...NO_OPTIONS, queueMax: 1 },
    slot: null,
    queue,
    limited: true,
  };
}

/** One session that waits, and what the queues counted while it looked its route up again. */
async function waitThrough(...changes: readonly Route[]) {
  const counts = new BackendState(createBackendStateBuffers(1), 0);
  counts.take(FULL!.slot);
  const waiting = new Waiting(counts, () => {});
  const settings = { queueMax: 10, queueTimeoutMs: 60_000 };
  const balanceContext = contextOf();
  const observe = { entered() {} };
  const parts = { waiting, backends: counts, settings, balanceContext, observe };
  let stopPeeking = (_end: PeekEnd) => {};
  const client = {
    head: Buffer.alloc(0),
    peek: () => new Promise<PeekEnd>((resolve) => (stopPeeking = resolve)),
    stopPeeking: () => stopPeeking('timeout'),
  };
  const source = { ip: '192.0.2.1', port: 1 };
  const session = { host: 'app.test', route: routeTo(FULL), client, source, isOver: false };
  const seen: number[][] = [];
  const counted = () => [QUEUE, OTHER_QUEUE].map((slot) => counts.activeSessions(slot));
  const left = [...changes];
  const offered = offer(parts as unknown as LineParts, session as unknown as Session, {
    pool: ({ pool }) => pool,
    async route() {
      seen.push(counted());
      session.route = left.shift()!;
      return session.route;
    },
  });
  for (const _ of changes) {
    await new Promise((resolve) => setImmediate(resolve));
    seen.push(counted());
    waiting.routesChanged(null);
  }
  await offered;
  return { seen, after: counted() };
}

test('who waits keeps its place while its route is looked up again, and leaves it in the end', async () => {
  const { seen, after } = await waitThrough(routeTo(FULL), routeTo(FREE));
  assert.deepEqual(seen, [
    [1, 0],
    [1, 0],
    [1, 0],
    [1, 0],
  ]);
  assert.deepEqual(after, [0, 0]);
});

test('a route that is another one has a place of its own', async () => {
  const { seen, after } = await waitThrough(routeTo(FULL, OTHER_QUEUE), routeTo(FREE));
  assert.deepEqual(seen.slice(2), [
    [0, 1],
    [0, 1],
  ]);
  assert.deepEqual(after, [0, 0]);
});
