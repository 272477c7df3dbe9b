import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { BackendSlots } from '../../../../src/control/routes/backend-slots.ts';
import { BackendResolver } from '../../../../src/control/routes/resolver.ts';
import { RouteBackends, type RouteToBuild } from '../../../../src/control/routes/route-backends.ts';
import { EMPTY_RECORD } from '../../../../src/control/sources/routes/route-record.ts';
import { parseServerName } from '../../../../src/server-name.ts';
import { NO_OPTIONS } from '../../../../src/session/route.ts';
import { startDns } from '../../../support/dns.ts';
import { eventually } from '../../../support/wait.ts';

const ONE = 'one.backends.test';
const TWO = 'two.backends.test';
const MIXED = 'mixed.backends.test';
const FORBIDDEN = '10.0.0.66';

function route(pattern: string, ...backends: readonly string[]): RouteToBuild {
  return { pattern, record: { ...EMPTY_RECORD, backends }, options: NO_OPTIONS };
}

async function routeBackends(t: TestContext) {
  const dns = await startDns({
    [ONE]: ['10.0.0.1'],
    [TWO]: ['10.0.0.2'],
    [MIXED]: ['10.0.0.3', FORBIDDEN],
  });
  const changed: string[] = [];
  const resolver = new BackendResolver({
    servers: [dns.address],
    onChange: (name) => changed.push(name),
    onProblem: () => {},
  });
  t.after(async () => {
    resolver.close();
    await dns[Symbol.asyncDispose]();
  });
  const refused: string[] = [];
  const routes = new RouteBackends({
    resolver,
    slots: new BackendSlots(() => 0),
    refusal: (endpoint) => ('ip' in endpoint && endpoint.ip === FORBIDDEN ? 'forbidden' : null),
    proxyProtocol: 'off',
    onRefused: (_pattern, member) => refused.push(member),
  });
  const build = async (pattern: string, ...members: readonly string[]) => {
    const first = routes.build(route(pattern, ...members), 'tls');
    await first;
    const built =
      first instanceof Promise ? routes.build(route(pattern, ...members), 'tls') : first;
    assert.ok(!(built instanceof Promise));
    return built.backends.map(({ name }) => name);
  };
  const isKnown = (name: string) => !(resolver.resolve(name) instanceof Promise);
  return { routes, refused, changed, build, isKnown };
}

test('a name stays resolved while its route changes, until the route has it no more', async (t) => {
  const { routes, build, isKnown } = await routeBackends(t);
  assert.deepEqual(await build('app.test', ONE), ['10.0.0.1:443']);
  routes.forget('app.test');
  assert.deepEqual(routes.patternsUsing(ONE), ['app.test']);
  const again = routes.build(route('app.test', ONE, '10.0.0.9'), 'tls');
  assert.ok(!(again instanceof Promise), 'nothing has to be asked');
  routes.forget('app.test');
  assert.deepEqual(await build('app.test', TWO), ['10.0.0.2:443']);
  assert.deepEqual([isKnown(ONE), isKnown(TWO)], [false, true]);
});

test('a name is forgotten with the last route that has it', async (t) => {
  const { routes, build, isKnown } = await routeBackends(t);
  await build('a.test', ONE);
  await build('b.test', ONE);
  routes.remove('a.test');
  assert.deepEqual([routes.patternsUsing(ONE), isKnown(ONE)], [['b.test'], true]);
  routes.remove('b.test');
  assert.deepEqual([routes.patternsUsing(ONE), isKnown(ONE)], [[], false]);
});

test('a name whose route goes while it is being resolved is forgotten', async (t) => {
  const { routes, isKnown } = await routeBackends(t);
  const resolving = routes.build(route('app.test', ONE), 'tls');
  routes.remove('app.test');
  await resolving;
  assert.equal(isKnown(ONE), false);
});

test('a forbidden address of a name is left out, told of, and counted while it is in use', async (t) => {
  const { routes, build, refused } = await routeBackends(t);
  assert.deepEqual(await build('app.test', MIXED, '127.1'), ['10.0.0.3:443']);
  assert.deepEqual([refused, routes.refused], [[`${FORBIDDEN}:443`], 1]);
  routes.forget('app.test');
  assert.equal(routes.refused, 0);
});

test('a name that is not resolved yet keeps no other member waiting, and joins when it is', async (t) => {
  const { routes, changed, build } = await routeBackends(t);
  const first = routes.build(route('app.test', ONE, '10.0.0.9'), 'tls');
  assert.ok(!(first instanceof Promise), 'nobody waits');
  assert.deepEqual(
    first.backends.map(({ name }) => name),
    ['10.0.0.9:443'],
  );
  await eventually(() => changed.includes(ONE));
  assert.equal(routes.forget('app.test'), true);
  assert.deepEqual(await build('app.test', ONE, '10.0.0.9'), ['10.0.0.1:443', '10.0.0.9:443']);
});

test('of the DNS names of a route the first sixteen are used', async (t) => {
  const { routes, build, isKnown } = await routeBackends(t);
  const names = Array.from({ length: 16 }, (_, i) => `${i}.nowhere.test`);
  // The same name on another port is the same name.
  await build('app.test', '10.0.0.9', ...names, `${names[0]}:81`, ONE);
  assert.deepEqual(routes.patternsUsing(names[15]!), ['app.test']);
  assert.deepEqual([routes.patternsUsing(ONE), isKnown(ONE)], [[], false]);
});

test('names of draining and ACME members are resolved, and kept as those of backends are', async (t) => {
  const { routes, isKnown } = await routeBackends(t);
  const record = { backends: ['10.0.0.9'], draining: [ONE], acme: [TWO], options: {} };
  const drained = { pattern: 'app.test', record, options: NO_OPTIONS };
  const first = routes.build(drained, 'tls');
  assert.ok(first instanceof Promise, 'an ACME name that was never resolved is waited for');
  await first;
  const built = routes.build(drained, 'tls');
  assert.ok(!(built instanceof Promise));
  assert.deepEqual(
    built.acme?.map(({ name }) => name),
    ['10.0.0.2:443'],
  );
  assert.deepEqual(routes.patternsUsing(ONE), ['app.test']);
  await eventually(() => isKnown(ONE));
  routes.forget('app.test');
  const back = routes.build(route('app.test', ONE), 'tls');
  assert.ok(!(back instanceof Promise), 'what comes back is known already');
});

test('who asks for the backends in use hears each, with the name last asked for', async (t) => {
  const { routes, build } = await routeBackends(t);
  const [pattern, asked] = ['*.example.test', parseServerName('last.example.test')];
  const before = routes.version;
  await build('app.test', '10.0.0.1', '10.0.0.2');
  await build(pattern, '10.0.0.1');
  void routes.build({ ...route(pattern, '10.0.0.1'), asked }, 'tls');
  const said = () => [...routes.uses()].map((use) => [use.pattern, use.asked, use.backend.name]);
  assert.deepEqual(said(), [
    ['app.test', null, '10.0.0.1:443'],
    ['app.test', null, '10.0.0.2:443'],
    [pattern, asked, '10.0.0.1:443'],
  ]);
  assert.notEqual(routes.version, before);
  assert.deepEqual([...routes.patterns()], ['app.test', pattern]);
  routes.forget('app.test');
  assert.equal(said().length, 1);
});
