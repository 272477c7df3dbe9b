import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPool } from '../../../../src/balance/pool.ts';
import type { Session } from '../../../../src/session/session.ts';
import { Waiter } from '../../../../src/session/waiting/waiter.ts';
import { Waiting } from '../../../../src/session/waiting/waiting.ts';
import { BackendState, createBackendStateBuffers } from '../../../../src/worker/backend-state.ts';
import { eventually } from '../../../support/wait.ts';
import { backendsOf } from '../../balance/backends.ts';

const [BACKEND] = backendsOf(1).map((backend) => ({ ...backend, max: 1 }));
const { slot } = BACKEND!;

/** Two workers, with one pool each of the same backend, which has one session. */
function edge() {
  const buffers = createBackendStateBuffers(2);
  const called: string[] = [];
  const order: string[] = [];
  const workers = [0, 1].map((worker) => {
    const counts = new BackendState(buffers, worker);
    const waiting = new Waiting(counts, (name) => called.push(name));
    const pool = createPool([BACKEND!], 'random');
    const join = (name: string, wakes = false) => {
      const attempt = wakes ? null : () => counts.takeBelow(slot, 1);
      const waiter = new Waiter(sessionOf(name), attempt);
      waiter.onGo = () => order.push(`${name} ${waiter.waited}`);
      waiting.join(pool, waiter);
      return waiter;
    };
    // As when a worker dies.
    const leaveUnsaid = () => counts.release(slot);
    const leave = () => {
      leaveUnsaid();
      counts.wakeOne(slot);
    };
    return { waiting, pool, join, leave, leaveUnsaid };
  });
  new BackendState(buffers, 0).take(slot);
  return { one: workers[0]!, two: workers[1]!, called, order };
}

function sessionOf(host: string): Session {
  return { host, route: { pattern: host }, client: { stopPeeking() {} } } as unknown as Session;
}

test('room goes to whoever came first, and from worker to worker in turn', async () => {
  const { one, two, order } = edge();
  for (const name of ['a', 'b']) one.join(name);
  for (const name of ['x', 'y']) two.join(name);
  for (let served = 1; served <= 4; served++) {
    one.leave();
    await eventually(() => order.length === served);
  }
  assert.deepEqual(order, ['a room', 'x room', 'b room', 'y room']);
});

test('who has left is passed over, and room that nobody here wants is told to another worker', async () => {
  const { one, two, order } = edge();
  const gone = one.join('gone');
  two.join('x');
  one.waiting.leave(one.pool, gone);
  assert.equal(one.waiting.ahead(one.pool), 0);
  one.leave();
  await eventually(() => order.length === 1);
  assert.deepEqual(order, ['x room']);
});

test('room that nobody was told of is found all the same', async () => {
  const { one, order } = edge();
  one.join('a');
  one.leaveUnsaid();
  await eventually(() => order.length === 1);
});

test('who waits for a route that changes looks it up again, in order; others wait on', () => {
  const { one, order } = edge();
  for (const name of ['a.app.test', 'b.app.test', 'c.test']) one.join(name);
  one.waiting.routesChanged(['b.app.test', 'none.test']);
  assert.deepEqual(order, ['b.app.test again']);
  one.waiting.routesChanged(['*.app.test']);
  assert.deepEqual(order.slice(1), ['a.app.test again']);
  one.waiting.routesChanged(null);
  assert.deepEqual(order.slice(2), ['c.test again']);
  assert.equal(one.waiting.ahead(one.pool), 0);
});

test('a name that waits for a backend is called for, and again while it waits', async () => {
  const { one, called } = edge();
  const waiter = one.join('a.test', true);
  const keepsRunning = setInterval(() => {}, 1000);
  await eventually(() => called.length === 3);
  clearInterval(keepsRunning);
  one.waiting.leave(one.pool, waiter);
  assert.deepEqual(new Set(called), new Set(['a.test']));
});
