import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseServerName, type ServerName } from '../../../src/server-name.ts';
import { NO_OPTIONS, type Route } from '../../../src/session/route.ts';
import { OVERFLOW_SLOT } from '../../../src/worker/backend-state.ts';
import type { FromWorker, Lookup, RouteAnswer } from '../../../src/worker/messages.ts';
import { RouteLookup } from '../../../src/worker/route-lookup.ts';
import { backendsOf, contextOf, firstChoices } from '../balance/backends.ts';

const name = (text: string): ServerName => parseServerName(text)!;

const FOUND = {
  kind: 'route',
  pattern: 'app.test',
  match: 'exact',
  backends: [],
  acme: null,
  options: NO_OPTIONS,
  slot: null,
  queue: null,
} as const satisfies RouteAnswer;

function lookup() {
  const asked: Lookup[] = [];
  const routes = new RouteLookup(
    'random',
    (message) => {
      if (message.type === 'lookups') asked.push(...message.lookups);
    },
    (send) => send(),
  );
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

test('an answer to a worker that died is none to its successor', () => {
  const [dead, successor] = [lookup(), lookup()];
  for (let i = 0; i < 100; i++) {
    for (const { routes } of [dead, successor]) void routes.find(name(`host-${i}.test`), 'tls');
  }
  const numbers = [dead, successor].flatMap(({ asked }) => asked.map((each) => each.lookup));
  assert.equal(new Set(numbers).size, 200);
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

test("a route's own way to balance wins over the flag", async () => {
  const route = await learnt({
    backends: backendsOf(1, 1, 1),
    options: { ...NO_OPTIONS, balance: 'round-robin' },
  });
  assert.equal(firstChoices(route.pool, contextOf(), 4), 'a b c a');
});

test('a route may have backends of its own for ACME', async () => {
  const [backend, solver] = backendsOf(1, 1);
  assert.equal((await learnt({ backends: [backend!] })).acme, null);
  const { pool, acme } = await learnt({ backends: [backend!], acme: [solver!] });
  assert.deepEqual([pool.backends, acme?.backends], [[backend], [solver]]);
});

test('a route whose sessions have no slot of their own to be counted on goes unlimited', async () => {
  const options = { ...NO_OPTIONS, maxConnections: 1 };
  assert.equal((await learnt({ options, slot: 7 })).slot, 7);
  assert.equal((await learnt({ options, slot: OVERFLOW_SLOT })).slot, null);
});

/** The route that the flag `random` and such an answer make. */
async function learnt(answer: Partial<Extract<RouteAnswer, { kind: 'route' }>>): Promise<Route> {
  const { routes, asked } = lookup();
  const found = routes.find(name('app.test'), 'tls');
  routes.answer(asked[0]!.lookup, { ...FOUND, ...answer });
  return (await found) as Route;
}

test('what is asked in one turn is one message', async () => {
  const messages: FromWorker[] = [];
  const routes = new RouteLookup('random', (message) => messages.push(message));
  const sessions = ['a.test', 'b.test', 'a.test'].map(async (host) => {
    await Promise.resolve();
    return routes.find(name(host), 'tls');
  });
  await new Promise((resolve) => process.nextTick(() => setImmediate(resolve)));
  const [message, ...others] = messages;
  assert.deepEqual(others, []);
  assert.ok(message?.type === 'lookups');
  assert.deepEqual(
    message.lookups.map((asked) => asked.name),
    ['a.test', 'b.test'],
  );
  for (const asked of message.lookups) routes.answer(asked.lookup, { kind: 'unknown' });
  assert.deepEqual(await Promise.all(sessions), [null, null, null]);
  void routes.find(name('c.test'), 'tls');
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(messages.length, 2);
});
