import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackendSlots } from '../../../../src/control/routes/backend-slots.ts';

test('a backend keeps one slot however many routes use it', () => {
  const slots = new BackendSlots(() => 0);
  const first = slots.acquire('10.0.0.1:443');
  assert.equal(slots.acquire('10.0.0.1:443'), first);
  assert.notEqual(slots.acquire('10.0.0.2:443'), first);
});

test('a slot is used again only when no route, no session and no worker can still mean the old backend', () => {
  const active = new Map<number, number>();
  const slots = new BackendSlots((slot) => active.get(slot) ?? 0);
  const old = slots.acquire('10.0.0.1:443');
  slots.acquire('10.0.0.1:443');
  slots.release('10.0.0.1:443', 100);
  slots.reclaim(1000);
  assert.equal(slots.acquire('10.0.0.1:443'), old, 'one route still used it');
  slots.release('10.0.0.1:443', 100);
  slots.release('10.0.0.1:443', 100);

  slots.reclaim(100);
  assert.notEqual(slots.acquire('10.0.0.2:443'), old, 'it was let go only now');
  active.set(old, 1);
  slots.reclaim(1000);
  assert.notEqual(slots.acquire('10.0.0.3:443'), old, 'a session still runs on it');
  active.set(old, 0);
  slots.reclaim(1000);
  assert.equal(slots.acquire('10.0.0.4:443'), old);
});

test('a backend that comes back has its slot, with the sessions on it', () => {
  const slots = new BackendSlots(() => 1);
  const old = slots.acquire('10.0.0.1:443');
  slots.release('10.0.0.1:443', 100);
  slots.reclaim(1000);
  assert.equal(slots.acquire('10.0.0.1:443'), old);
  slots.reclaim(1000);
  assert.notEqual(slots.acquire('10.0.0.2:443'), old);
});
