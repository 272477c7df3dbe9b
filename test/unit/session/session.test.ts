import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClientSocket } from '../../../src/engine/engine.ts';
import type { Line } from '../../../src/session/line.ts';
import { Session } from '../../../src/session/session.ts';

function session(): Session {
  const client = { received: 0, close: () => {} } as ClientSocket;
  return new Session(client, { listener: 0, line: {} as Line, idPrefix: 'test-' }, 1);
}

test('work is not waited for once the session is ended, and what comes of it is given up', async () => {
  const one = session();
  let finish!: (result: string) => void;
  const work = new Promise<string>((resolve) => {
    finish = resolve;
  });
  const abandoned: string[] = [];
  const waiting = one.unlessEnded(work, (late) => abandoned.push(late));
  one.end('drained');
  await assert.rejects(waiting, { name: 'Ended', termination: 'drained' });
  assert.deepEqual(abandoned, []);
  finish('a connection');
  await work;
  assert.deepEqual(abandoned, ['a connection']);
});

test('nothing is waited for in a session that is over already', async () => {
  const one = session();
  one.end('drained');
  const abandoned: string[] = [];
  const work = Promise.resolve('a connection');
  const never = new Promise<string>(() => {});
  await assert.rejects(one.unlessEnded(never, assert.fail), { termination: 'drained' });
  await assert.rejects(
    one.unlessEnded(work, (late) => abandoned.push(late)),
    { name: 'Ended' },
  );
  assert.deepEqual(abandoned, ['a connection']);
});

test('work that is done in time is kept, whenever the session ends', async () => {
  const one = session();
  const work = Promise.resolve('a connection');
  assert.equal(await one.unlessEnded(work, assert.fail), 'a connection');
  one.end('drained');
  await work;
});

test('work that fails is no matter of the session ending later', async () => {
  const one = session();
  await assert.rejects(one.unlessEnded(Promise.reject<string>(new Error('refused')), assert.fail), {
    message: 'refused',
  });
  one.end('drained');
});
