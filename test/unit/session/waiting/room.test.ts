import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Backend } from '../../../../src/balance/backend.ts';
import { leaveBackend, Room } from '../../../../src/session/waiting/room.ts';
import { Ended } from '../../../../src/termination.ts';
import { BackendState, createBackendStateBuffers } from '../../../../src/worker/backend-state.ts';
import { backendsOf } from '../../balance/backends.ts';

const [first, second] = backendsOf(1, 1).map((backend) => ({ ...backend, max: 1 }));
const ALL = [first!, second!];

function edge() {
  const counts = new BackendState(createBackendStateBuffers(1), 0);
  const room = () => {
    const left: Backend[] = [...ALL];
    return new Room({ next: () => left.shift() ?? null }, counts);
  };
  const active = () => ALL.map(({ slot }) => counts.activeSessions(slot));
  return { counts, room, active };
}

test('each session is counted in with the first candidate that has room', () => {
  const { room, active } = edge();
  assert.equal(room().next(), first);
  assert.equal(room().next(), second);
  assert.equal(room().next(), null);
  assert.deepEqual(active(), [1, 1]);
});

test('what was reserved is what is offered, and dialling it counts it once', () => {
  const { room, active } = edge();
  const mine = room();
  assert.deepEqual([mine.reserve(), mine.reserve()], [true, true]);
  assert.equal(mine.next(), first);
  mine.take(first!);
  assert.deepEqual(active(), [1, 0]);
});

test('a backend that failed and is tried again has to have room still', () => {
  const { counts, room, active } = edge();
  const mine = room();
  mine.next();
  mine.take(first!);
  leaveBackend(counts, first!);
  assert.equal(room().next(), first, 'another was faster');
  assert.throws(
    () => mine.take(first!),
    (error) => error instanceof Ended && error.termination === 'limited',
  );
  assert.deepEqual(active(), [1, 0]);
});

test('a session that ends before it dials leaves its room', () => {
  const { room, active } = edge();
  const [reserved, offered] = [room(), room()];
  reserved.reserve();
  offered.next();
  for (const one of [reserved, offered]) one.leave();
  assert.deepEqual(active(), [0, 0]);
});
