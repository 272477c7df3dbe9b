import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint } from '../../../../src/address.ts';
import {
  EMPTY_RECORD,
  type RouteRecord,
} from '../../../../src/control/sources/routes/route-record.ts';
import { ask, backendsOf, directory, named, route, told } from '../../../support/directory.ts';
import { eventually } from '../../../support/wait.ts';

test('a bare address takes the port of the protocol, and a scheme limits a member to its own', async (t) => {
  const { routes } = directory(t);
  routes.replace(
    new Map([['app.test', route('10.0.0.1', 'http://10.0.0.2:8080', 'tls://[fd00::3]')]]),
  );
  assert.deepEqual(await backendsOf(routes, 'app.test', 'tls'), ['10.0.0.1:443', '[fd00::3]:443']);
  assert.deepEqual(await backendsOf(routes, 'app.test', 'http'), ['10.0.0.1:80', '10.0.0.2:8080']);
});

test('members that come to the same address are one backend', async (t) => {
  const { routes } = directory(t);
  routes.replace(
    new Map([['app.test', route('10.0.0.1', '10.0.0.1:443', 'tls://10.0.0.1?weight=9')]]),
  );
  assert.deepEqual(await backendsOf(routes, 'app.test'), ['10.0.0.1:443']);
});

const noLoopback = (endpoint: Endpoint) =>
  'ip' in endpoint && endpoint.ip === '127.0.0.1' ? 'loopback' : null;

test('a member that does not parse or may not be dialled is told of when its route is read', async (t) => {
  const { routes, refused, members } = directory(t, noLoopback);
  routes.replace(new Map([['app.test', route('127.0.0.1', '10.0.0.1', 'not a backend')]]));
  const complaints = [
    'app.test 127.0.0.1 loopback',
    'app.test not a backend is not an IP address or a DNS name',
  ];
  assert.deepEqual([refused, members.total], [complaints, 2]);
  assert.deepEqual(await backendsOf(routes, 'app.test'), ['10.0.0.1:443']);
  assert.equal(refused.length, 2);
  routes.change('app.test', route('10.0.0.1', '127.1'));
  assert.equal(members.total, 1, 'only those left out now are counted');
  routes.change('app.test', null);
  assert.equal(members.total, 0);
});

test('of very many routes the members are looked at little by little, as they then are', async (t) => {
  const { routes, members } = directory(t, noLoopback);
  const all = Array.from({ length: 3000 }, (_, i) => [`n${i}.test`, route('127.0.0.1')] as const);
  routes.replace(new Map(all));
  assert.ok(members.total < 3000);
  routes.change('n2999.test', route('10.0.0.1'));
  await eventually(() => members.total === 2999);
  routes.replace(new Map());
  assert.equal(members.total, 0);
});

test('before the routes were read nobody is told that a name is unknown', async (t) => {
  const { routes } = directory(t);
  const waiting = ask(routes, 'app.test');
  routes.giveUpWaiting();
  assert.deepEqual(await waiting, { kind: 'unavailable' });
  routes.replace(new Map());
  assert.deepEqual(await ask(routes, 'app.test'), { kind: 'unknown' });
});

test('a name asked for while the routes are read for the first time waits for them', async (t) => {
  const { routes } = directory(t);
  const waiting = backendsOf(routes, 'app.test');
  routes.replace(new Map([['app.test', route('10.0.0.1')]]));
  assert.deepEqual(await waiting, ['10.0.0.1:443']);
});

test('only what differs is forgotten by the workers', async (t) => {
  const { routes, invalidated } = directory(t);
  routes.replace(
    new Map([
      ['a.test', route('10.0.0.1', '10.0.0.2')],
      ['b.test', route('10.0.0.1')],
    ]),
  );
  await told();
  invalidated.length = 0;
  routes.replace(
    new Map([
      ['a.test', route('10.0.0.2', '10.0.0.1')],
      ['c.test', route('10.0.0.1')],
    ]),
  );
  await told();
  assert.deepEqual(invalidated, [['b.test', 'c.test']]);
  routes.change('a.test', route('10.0.0.1', '10.0.0.2'));
  await told();
  assert.equal(invalidated.length, 1, 'the same members change nothing');
  routes.change('a.test', null);
  await told();
  assert.deepEqual(invalidated.at(-1), ['a.test']);
  assert.deepEqual(await ask(routes, 'a.test'), { kind: 'unknown' });
});

test('what a source changes in one go is one message', async (t) => {
  const { routes, invalidated } = directory(t);
  routes.replace(new Map());
  const patterns = Array.from({ length: 300 }, (_, i) => `*.n${i}.test`);
  for (const pattern of patterns) routes.change(pattern, route('10.0.0.1'));
  routes.change(patterns[0]!, route('10.0.0.2'));
  await told();
  assert.deepEqual(invalidated, [patterns]);
  for (let i = 0; i <= 1000; i++) routes.change(`n${i}.test`, route('10.0.0.1'));
  await told();
  assert.deepEqual(invalidated, [patterns, null], 'of too many everything is forgotten');
});

test('a change is told before any answer that knows of it', async (t) => {
  const { routes, invalidated } = directory(t);
  routes.replace(new Map([['app.test', route('10.0.0.1')]]));
  assert.deepEqual(await backendsOf(routes, 'app.test'), ['10.0.0.1:443']);
  invalidated.length = 0;
  routes.change('app.test', route('10.0.0.2'));
  const given: string[] = [];
  await routes.answer(named('app.test'), 'tls', (answer) => {
    assert.deepEqual(invalidated, [['app.test']]);
    if (answer.kind === 'route') given.push(...answer.backends.map((backend) => backend.name));
  });
  assert.deepEqual(given, ['10.0.0.2:443']);
});

test('draining members are no candidates, however they are spelled', async (t) => {
  const { routes } = directory(t);
  const backends = ['10.0.0.1:443?weight=5', '10.0.0.2', '10.0.0.3'];
  const draining = ['10.0.0.1', 'tls://10.0.0.2'];
  routes.replace(new Map([['app.test', { ...EMPTY_RECORD, backends, draining }]]));
  assert.deepEqual(await backendsOf(routes, 'app.test'), ['10.0.0.3:443']);
  const http = ['10.0.0.1:443', '10.0.0.2:80', '10.0.0.3:80'];
  assert.deepEqual(await backendsOf(routes, 'app.test', 'http'), http);
});

test('a route with any of its keys is a route, if without backends', async (t) => {
  const { routes } = directory(t);
  const options = { balance: 'random' };
  routes.replace(
    new Map<string, RouteRecord>([
      ['drained.test', { ...EMPTY_RECORD, draining: ['10.0.0.1'] }],
      ['optional.test', { ...EMPTY_RECORD, options }],
    ]),
  );
  assert.deepEqual(await backendsOf(routes, 'drained.test'), []);
  const answer = await ask(routes, 'optional.test');
  assert.ok(answer.kind === 'route');
  assert.deepEqual([answer.backends, answer.acme, answer.options.balance], [[], null, 'random']);
});

test('backends for ACME are a list of their own, which is vetted and drained likewise', async (t) => {
  const { routes, members } = directory(t, noLoopback);
  const acme = ['10.0.0.8', '10.0.0.9:8443', '127.0.0.1'];
  const record = { ...route('10.0.0.1'), acme, draining: ['10.0.0.8', '127.0.0.1'] };
  routes.replace(new Map([['app.test', record]]));
  const answer = await ask(routes, 'app.test');
  assert.ok(answer.kind === 'route');
  assert.deepEqual(
    answer.acme?.map(({ name }) => name),
    ['10.0.0.9:8443'],
  );
  assert.equal(members.total, 1, 'one that stands in two sets is refused once');
});

test('a member says of its PROXY header what it likes, else its route does, else the flag', async (t) => {
  const { routes } = directory(t);
  const record = { ...route('10.0.0.1', '10.0.0.2?proxy=v1'), options: { proxy: 'v2' } };
  routes.replace(
    new Map([
      ['app.test', record],
      ['www.test', route('10.0.0.3')],
    ]),
  );
  const proxies = async (host: string) => {
    const answer = await ask(routes, host);
    return answer.kind === 'route' ? answer.backends.map(({ proxy }) => proxy) : [];
  };
  assert.deepEqual([await proxies('app.test'), await proxies('www.test')], [['v2', 'v1'], ['off']]);
});

test('a bad option is told of when its route is read, counted, and the last good one kept', async (t) => {
  const { routes, refused, options, invalidated } = directory(t);
  const given = (balance: string) => ({ ...route('10.0.0.1'), options: { balance } });
  routes.replace(new Map([['app.test', given('random')]]));
  routes.change('app.test', given('dice'));
  assert.equal(refused.length, 1);
  assert.match(refused[0]!, /^app\.test option balance: dice /);
  assert.equal(options.refused, 1);
  await told();
  assert.deepEqual(invalidated.at(-1), ['app.test']);
  const answer = await ask(routes, 'app.test');
  assert.ok(answer.kind === 'route');
  assert.equal(answer.options.balance, 'random');
  routes.change('app.test', null);
  assert.equal(options.refused, 0);
  routes.change('app.test', given('dice'));
  const anew = await ask(routes, 'app.test');
  assert.equal(
    anew.kind === 'route' && anew.options.balance,
    null,
    'nothing good is known any more',
  );
  assert.equal(refused.length, 2);
});

test('a route with a limit has a slot to count in, which no backend shares', async (t) => {
  const { routes } = directory(t);
  const limited = { ...route('10.0.0.1'), options: { 'max-connections': '5' } };
  routes.replace(
    new Map([
      ['app.test', limited],
      ['www.test', route('10.0.0.1')],
    ]),
  );
  const [app, http, www] = [
    await ask(routes, 'app.test'),
    await ask(routes, 'app.test', 'http'),
    await ask(routes, 'www.test'),
  ];
  assert.ok(app.kind === 'route' && http.kind === 'route' && www.kind === 'route');
  assert.equal(www.slot, null);
  assert.ok(app.slot !== null && app.slot === http.slot, 'both protocols count together');
  assert.notEqual(app.slot, app.backends[0]?.slot);
});

test('a very large table is taken a little at a time, with what changes meanwhile', async (t) => {
  const { routes, invalidated } = directory(t);
  const table = new Map<string, RouteRecord>();
  for (let i = 0; i < 20_000; i++) table.set(`app-${i}.test`, route('10.0.0.1'));
  routes.replace(table);
  assert.equal(routes.ready, false);
  const changes = { 'app-1.test': route('10.0.0.2'), 'app-19999.test': route('10.0.0.3') };
  for (const [pattern, record] of Object.entries(changes)) {
    table.set(pattern, record);
    routes.change(pattern, record);
  }
  table.delete('app-19998.test');
  routes.change('app-19998.test', null);
  await routes.whenReady;
  assert.deepEqual(await backendsOf(routes, 'app-1.test'), ['10.0.0.2:443']);
  assert.deepEqual(await backendsOf(routes, 'app-19999.test'), ['10.0.0.3:443']);
  assert.deepEqual(await ask(routes, 'app-19998.test'), { kind: 'unknown' });
  assert.equal(routes.counts().exact, 19_999);
  assert.equal(invalidated.at(-1), null);
});

test('a name whose routes cannot be read is unavailable, never unknown', async (t) => {
  const { routes } = directory(t);
  routes.tooMany();
  assert.deepEqual(await ask(routes, 'app.test'), { kind: 'unavailable' });
  routes.replace(new Map());
  assert.deepEqual(await ask(routes, 'app.test'), { kind: 'unknown' });
});
