import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { Pace } from '../../../src/admin/pace.ts';

/** Somebody who waits until it leaves. */
class Client extends EventEmitter {
  destroyed = false;

  leave(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

/** A pace whose time passes as the test says, and who passed. */
class Paced {
  readonly passed: string[] = [];
  readonly pace: Pace;
  #windows: (() => void)[] = [];

  constructor(most: number, maxWaiting: number) {
    this.pace = new Pace(most, maxWaiting, (then) => void this.#windows.push(then));
  }

  ask(name: string, client = new Client()): boolean {
    return this.pace.pass(client, () => void this.passed.push(name));
  }

  /** The next tenth of a second; how many clocks ran. */
  next(): number {
    const windows = this.#windows.splice(0);
    for (const then of windows) then();
    return windows.length;
  }
}

test('so many pass at once, the others in the next windows, in order, and too many are refused', () => {
  const paced = new Paced(2, 3);
  assert.deepEqual(
    ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => paced.ask(name)),
    [true, true, true, true, true, false],
  );
  assert.deepEqual([paced.passed.join(''), paced.pace.waiting], ['ab', 3]);
  assert.equal(paced.next(), 1);
  assert.deepEqual([paced.passed.join(''), paced.pace.waiting], ['abcd', 1]);
  assert.ok(paced.ask('g'));
  assert.equal(paced.next(), 1);
  assert.deepEqual([paced.passed.join(''), paced.pace.waiting], ['abcdeg', 0]);
  assert.deepEqual([paced.next(), paced.next()], [1, 0]);
});

test('who leaves leaves the queue, and takes no place of those behind', () => {
  const paced = new Paced(1, 2);
  paced.ask('first');
  for (let i = 0; i < 1000; i++) {
    const client = new Client();
    assert.ok(paced.ask('gone', client));
    client.leave();
    assert.equal(paced.pace.waiting, 0);
  }
  const closing = new Client();
  paced.ask('closing', closing);
  paced.ask('last');
  // Its `close` is still to come.
  closing.destroyed = true;
  paced.next();
  assert.deepEqual(paced.passed, ['first', 'last']);
});
