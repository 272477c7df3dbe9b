import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseServerName, type ServerName } from '../../../src/server-name.ts';
import type { FromWorker, RouteAnswer } from '../../../src/worker/messages.ts';
import { RouteLookup } from '../../../src/worker/route-lookup.ts';

const name = (text: string): ServerName => parseServerName(text)!;

const FOUND: RouteAnswer = { kind: 'route', pattern: 'app.test', match: 'exact', backends: [] };

function lookup() {
  const asked: Extract<FromWorker, { type: 'lookup' }>[] = [];
  const routes = new RouteLookup('random', (message) => {
    if (message.type === 'lookup') asked.push(message);
  });
  return { routes, asked };
}

test('one question is asked for any number of sessions that wait for the same name', async () => {
  const { routes, asked } = lookup();
  const waiting = [routes.find(name('app.test'), 'tls'), routes.find(name('app.test'), 'tls')];
  assert.equal(asked.length, 1);
  routes.answer(asked[0]!.lookup, FOUND);
  const found = [await waiting[0], await waiting[1]];
  assert.equal(found[0], found[1]);
});

test('a known route is there at once, until its pattern is invalidated', async () => {
  const { routes, asked } = lookup();
  const first = routes.find(name('app.test'), 'tls');
  routes.answer(asked[0]!.lookup, FOUND);
  assert.equal(routes.find(name('app.test'), 'tls'), await first);
  routes.invalidate(['app.test']);
  assert.ok(routes.find(name('app.test'), 'tls') instanceof Promise);
  assert.equal(asked.length, 2);
});

test('the same name is another question for another protocol', () => {
  const { routes, asked } = lookup();
  void routes.find(name('app.test'), 'tls');
  void routes.find(name('app.test'), 'http');
  assert.deepEqual(
    asked.map(({ protocol }) => protocol),
    ['tls', 'http'],
  );
});

test('an unknown name is not remembered, so a flood of them costs no memory', async () => {
  const { routes, asked } = lookup();
  const first = routes.find(name('nobody.test'), 'tls');
  routes.answer(asked[0]!.lookup, { kind: 'unknown' });
  assert.equal(await first, null);
  void routes.find(name('nobody.test'), 'tls');
  assert.equal(asked.length, 2);
});

test('beyond ten thousand names that wait, a name is unavailable at once', () => {
  const { routes } = lookup();
  for (let i = 0; i < 10_000; i++) void routes.find(name(`host-${i}.test`), 'tls');
  assert.equal(routes.find(name('one-more.test'), 'tls'), 'unavailable');
  assert.ok(
    routes.find(name('host-7.test'), 'tls') instanceof Promise,
    'who waits already still does',
  );
});

test('an answer to a question nobody asked changes nothing', () => {
  const { routes } = lookup();
  routes.answer(99, FOUND);
  assert.ok(routes.find(name('app.test'), 'tls') instanceof Promise);
});

test('names under one wildcard share its pool, until the wildcard is invalidated', async () => {
  const { routes, asked } = lookup();
  const wildcard: RouteAnswer = { ...FOUND, pattern: '*.app.test', match: 'wildcard' };
  const learn = (host: string) => {
    const found = routes.find(name(host), 'tls');
    routes.answer(asked.at(-1)!.lookup, wildcard);
    return found;
  };
  const first = await learn('a.app.test');
  assert.equal(await learn('b.app.test'), first);
  routes.invalidate(['*.other.test']);
  assert.equal(await learn('c.app.test'), first, 'of another wildcard it goes on');
  routes.invalidate(['*.app.test']);
  assert.notEqual(await learn('a.app.test'), first);
});
