import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RouteSource, WakerCall } from '../../../../../src/control/sources/source.ts';
import { WakerCalls } from '../../../../../src/control/sources/waker/waker-calls.ts';
import { eventually } from '../../../../support/wait.ts';

const SECOND = 1000;

function edge(call: () => Promise<WakerCall> = () => Promise.resolve('called')) {
  const called: string[] = [];
  const warnings: object[] = [];
  const clock = { now: 0 };
  const source = {
    callWaker(name: string) {
      called.push(name);
      return call();
    },
  } as unknown as RouteSource;
  const log = { info() {}, error() {}, warn: (fields: object) => warnings.push(fields) };
  const calls = new WakerCalls(source, log, () => clock.now);
  return { calls, called, warnings, clock };
}

test('a name is called for once a second, however many clients wait for it', () => {
  const { calls, called, clock } = edge();
  for (let i = 0; i < 50; i++) calls.call('app.test', 'app.test');
  calls.call('other.test', 'other.test');
  clock.now += SECOND;
  calls.call('app.test', 'app.test');
  assert.deepEqual(called, ['app.test', 'other.test', 'app.test']);
});

test('whoever asks for ever other names under a wildcard has a thousand of them called a second', () => {
  const { calls, called, clock } = edge();
  for (let i = 0; i < 50_000; i++) calls.call(`n${i}.app.test`, '*.app.test');
  assert.equal(called.length, 1000);
  clock.now += SECOND;
  calls.call('late.app.test', '*.app.test');
  assert.equal(called.length, 2000);
});

test('a wildcard with names enough for everybody silences no other route', () => {
  const { calls, called, clock } = edge();
  const seconds = 60;
  for (let second = 0; second < seconds; second++) {
    // As those who wait are brought again: the oldest first, always in the same order.
    for (let i = 0; i < 20_000; i++) calls.call(`n${i}.app.test`, '*.app.test');
    calls.call('victim.test', 'victim.test');
    clock.now += SECOND;
  }
  const victims = called.filter((name) => name === 'victim.test');
  // Every other second: a place of theirs has to be given up first.
  assert.ok(victims.length >= seconds / 2, `${victims.length} calls`);
  assert.ok(called.length <= 1000 * seconds);
});

test('of more names than can be called at once, every one has its turn', () => {
  const { calls, called, clock } = edge();
  for (let second = 0; second < 3; second++) {
    for (let i = 0; i < 2000; i++) calls.call(`n${i}.app.test`, '*.app.test');
    clock.now += SECOND;
  }
  assert.equal(new Set(called).size, 2000);
});

test('a name that found no room is called for when there is some, with nobody bringing it again', async () => {
  const called: string[] = [];
  const source = {
    callWaker: (name: string) => Promise.resolve(called.push(name)),
  } as unknown as RouteSource;
  const calls = new WakerCalls(source, { info() {}, warn() {}, error() {} });
  for (let i = 0; i < 1000; i++) calls.call(`n${i}.app.test`, '*.app.test');
  calls.call('victim.test', 'victim.test');
  assert.equal(called.length, 1000);
  await eventually(() => called.includes('victim.test'));
});

test('that nobody can be called is said, and not over and over', async () => {
  const { calls, warnings, clock } = edge(() => Promise.reject(new Error('NOPERM')));
  for (let i = 0; i < 10; i++) {
    calls.call('app.test', 'app.test');
    clock.now += SECOND;
    await Promise.resolve();
    await Promise.resolve();
  }
  assert.deepEqual(warnings, [{ problem: 'NOPERM' }]);
});

test('a source that knows nobody to call is left in peace', () => {
  const calls = new WakerCalls({} as RouteSource, { info() {}, warn() {}, error() {} });
  calls.call('app.test', 'app.test');
});
