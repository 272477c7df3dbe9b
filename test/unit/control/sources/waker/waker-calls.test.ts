import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RouteSource, WakerCall } from '../../../../../src/control/sources/source.ts';
import { WakerCalls } from '../../../../../src/control/sources/waker/waker-calls.ts';

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
  for (let i = 0; i < 50; i++) calls.call('app.test');
  calls.call('other.test');
  clock.now += SECOND;
  calls.call('app.test');
  assert.deepEqual(called, ['app.test', 'other.test', 'app.test']);
});

test('whoever asks for ever other names under a wildcard has a thousand of them called a second', () => {
  const { calls, called, clock } = edge();
  for (let i = 0; i < 5000; i++) calls.call(`n${i}.app.test`);
  assert.equal(called.length, 1000);
  clock.now += SECOND;
  calls.call('late.app.test');
  assert.equal(called.length, 1001);
});

test('that nobody can be called is said, and not over and over', async () => {
  const { calls, warnings, clock } = edge(() => Promise.reject(new Error('NOPERM')));
  for (let i = 0; i < 10; i++) {
    calls.call('app.test');
    clock.now += SECOND;
    await Promise.resolve();
    await Promise.resolve();
  }
  assert.deepEqual(warnings, [{ problem: 'NOPERM' }]);
});

test('a source that knows nobody to call is left in peace', () => {
  const calls = new WakerCalls({} as RouteSource, { info() {}, warn() {}, error() {} });
  calls.call('app.test');
});
