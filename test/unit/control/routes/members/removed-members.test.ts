import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { RemovedMembers } from '../../../../../src/control/routes/members/removed-members.ts';
import {
  EMPTY_RECORD,
  type RouteRecord,
} from '../../../../../src/control/sources/routes/route-record.ts';
import { NO_OPTIONS } from '../../../../../src/session/route.ts';

const GRACE_MS = 1000;
const ROUTE = 'app.test';

const route = (backends: string, draining = ''): RouteRecord => ({
  ...EMPTY_RECORD,
  backends: words(backends),
  draining: words(draining),
});

const words = (text: string): readonly string[] => text.split(' ').filter((word) => word !== '');

/** What has been ended, as `tls app.test 10.0.0.1:443`; `pass` lets time go by. */
function removals(t: TestContext, onRemoved: 'keep' | number = GRACE_MS, inUse = () => true) {
  let clock = 0;
  const waiting = new Set<{ readonly at: number; readonly run: () => void }>();
  const ended: string[] = [];
  const members = new RemovedMembers({
    onRemoved,
    mayHaveSessions: inUse,
    later(run, ms) {
      const one = { at: clock + ms, run };
      waiting.add(one);
      return () => waiting.delete(one);
    },
    end: ({ protocol, pattern, members: all }) =>
      ended.push(`${protocol} ${pattern} ${all.join(' ')}`),
  });
  t.after(() => members.close());
  const change = (
    before: RouteRecord,
    after: RouteRecord | null,
    own: 'keep' | number | null = null,
  ) => members.changed(ROUTE, [before, after], { ...NO_OPTIONS, onRemoved: own });
  const pass = (ms = GRACE_MS) => {
    clock += ms;
    for (const one of waiting) {
      if (one.at > clock) continue;
      waiting.delete(one);
      one.run();
    }
    return ended.splice(0);
  };
  return { change, pass, waiting };
}

test('a member that has left is ended when its time is over', (t) => {
  const { change, pass } = removals(t);
  change(route('tls://10.0.0.1 tls://10.0.0.2'), route('tls://10.0.0.2'));
  assert.deepEqual(pass(GRACE_MS - 1), []);
  assert.deepEqual(pass(1), ['tls app.test 10.0.0.1:443']);
});

test('without a scheme it is ended for both protocols, each with its port', (t) => {
  const { change, pass } = removals(t);
  change(route('10.0.0.1 [fd00::1]:8443'), null);
  assert.deepEqual(pass(), [
    'tls app.test 10.0.0.1:443 [fd00::1]:8443',
    'http app.test 10.0.0.1:80 [fd00::1]:8443',
  ]);
});

test('a member that is spelled otherwise has not left', (t) => {
  const { change, pass } = removals(t);
  change(
    route('tls://10.0.0.1 unix:/run/a?weight=2'),
    route('tls://10.0.0.1:443?weight=9 unix:/run/a'),
  );
  assert.deepEqual(pass(), []);
});

test('a member that is drained is ended too, and so is an address of a DNS name', (t) => {
  const { change, pass } = removals(t);
  const before = route('tls://10.0.0.1 tls://app.internal');
  change(before, route('tls://10.0.0.1 tls://app.internal', 'tls://10.0.0.1 tls://10.0.0.7'));
  assert.deepEqual(pass(), ['tls app.test 10.0.0.1:443 10.0.0.7:443']);
});

test('a DNS name is one member, whatever its addresses are', (t) => {
  const { change, pass } = removals(t);
  change(route('tls://app.internal:8443'), route('tls://10.0.0.1'));
  assert.deepEqual(pass(), ['tls app.test app.internal:8443']);
});

test('a member that comes back in time is not ended, another one is', (t) => {
  const { change, pass } = removals(t);
  const all = route('tls://10.0.0.1 tls://10.0.0.2');
  change(all, null);
  assert.deepEqual(pass(GRACE_MS / 2), []);
  change(EMPTY_RECORD, route('tls://10.0.0.2'));
  assert.deepEqual(pass(), ['tls app.test 10.0.0.1:443']);
});

test('a member that comes and goes is waited for once, from when it left last', (t) => {
  const { change, pass, waiting } = removals(t);
  const here = route('tls://10.0.0.1');
  for (let i = 0; i < 100; i++) {
    change(here, null);
    assert.equal(waiting.size, 1);
    assert.deepEqual(pass(GRACE_MS / 2), []);
    change(EMPTY_RECORD, here);
    assert.equal(waiting.size, 0);
  }
  change(here, null);
  assert.deepEqual(pass(), ['tls app.test 10.0.0.1:443']);
});

test('a member that drains while its route changes is ended once, when its time is over', (t) => {
  const { change, pass, waiting } = removals(t);
  const all = route('tls://10.0.0.1 tls://10.0.0.2');
  change(all, route('tls://10.0.0.1 tls://10.0.0.2', 'tls://10.0.0.1'));
  const before = waiting.size;
  for (let i = 2; i < 100; i++) {
    const draining = (weight: number) =>
      route(`tls://10.0.0.1 tls://10.0.0.2?weight=${weight}`, 'tls://10.0.0.1');
    change(draining(i), draining(i + 1));
    assert.equal(waiting.size, before);
  }
  assert.deepEqual(pass(), ['tls app.test 10.0.0.1:443']);
  assert.deepEqual(pass(), []);
});

test('keep ends nobody, and the option of the route wins', (t) => {
  const { change, pass } = removals(t, 'keep');
  change(route('tls://10.0.0.1'), null);
  assert.deepEqual(pass(), []);
  change(route('tls://10.0.0.1'), null, 5);
  assert.deepEqual(pass(5), ['tls app.test 10.0.0.1:443']);
});

test('a route that keeps its sessions does so whatever the flag says', (t) => {
  const { change, pass } = removals(t);
  change(route('tls://10.0.0.1'), null, 'keep');
  assert.deepEqual(pass(), []);
});

test('what nobody can have a session to is not remembered', (t) => {
  const { change, pass } = removals(t, GRACE_MS, () => false);
  change(route('tls://10.0.0.1'), null);
  assert.deepEqual(pass(), []);
});
