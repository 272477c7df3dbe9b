import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Endpoint } from '../../../../src/address.ts';
import { BackendSlots } from '../../../../src/control/routes/backend-slots.ts';
import { Directory } from '../../../../src/control/routes/directory.ts';
import { BackendResolver } from '../../../../src/control/routes/resolver.ts';
import { RouteBackends } from '../../../../src/control/routes/route-backends.ts';
import { RefusedMembers } from '../../../../src/control/routes/route-members.ts';
import { parseServerName, type ServerName } from '../../../../src/server-name.ts';
import type { RouteAnswer } from '../../../../src/worker/messages.ts';
import { eventually } from '../../../support/wait.ts';

function directory(t: TestContext, refusal: (endpoint: Endpoint) => string | null = () => null) {
  const invalidated: (readonly string[] | null)[] = [];
  const refused: string[] = [];
  const resolver = new BackendResolver({ servers: [], onChange: () => {}, onProblem: () => {} });
  t.after(() => resolver.close());
  const backends = new RouteBackends({
    resolver,
    slots: new BackendSlots(() => 0),
    refusal,
    proxyProtocol: 'off',
    onRefused: () => {},
  });
  const members = new RefusedMembers(refusal, (pattern, member, reason) =>
    refused.push(`${pattern} ${member} ${reason}`),
  );
  const routes = new Directory({
    backends,
    refused: members,
    invalidate: (patterns) => invalidated.push(patterns),
  });
  t.after(() => routes.close());
  return { routes, invalidated, refused, members };
}

function ask(routes: Directory, host: string, protocol: 'tls' | 'http' = 'tls') {
  return new Promise<RouteAnswer>((resolve, reject) => {
    routes.answer(name(host), protocol, resolve).catch(reject);
  });
}

const name = (text: string): ServerName => parseServerName(text)!;

async function backendsOf(routes: Directory, host: string, protocol: 'tls' | 'http' = 'tls') {
  const answer = await ask(routes, host, protocol);
  assert.equal(answer.kind, 'route');
  return answer.kind === 'route' ? answer.backends.map((backend) => backend.name) : [];
}

test('a bare address takes the port of the protocol, and a scheme limits a member to its own', async (t) => {
  const { routes } = directory(t);
  routes.replace(new Map([['app.test', ['10.0.0.1', 'http://10.0.0.2:8080', 'tls://[fd00::3]']]]));
  assert.deepEqual(await backendsOf(routes, 'app.test', 'tls'), ['10.0.0.1:443', '[fd00::3]:443']);
  assert.deepEqual(await backendsOf(routes, 'app.test', 'http'), ['10.0.0.1:80', '10.0.0.2:8080']);
});

test('members that come to the same address are one backend', async (t) => {
  const { routes } = directory(t);
  routes.replace(new Map([['app.test', ['10.0.0.1', '10.0.0.1:443', 'tls://10.0.0.1?weight=9']]]));
  assert.deepEqual(await backendsOf(routes, 'app.test'), ['10.0.0.1:443']);
});

const noLoopback = (endpoint: Endpoint) =>
  'ip' in endpoint && endpoint.ip === '127.0.0.1' ? 'loopback' : null;

test('a member that does not parse or may not be dialled is told of when its route is read', async (t) => {
  const { routes, refused, members } = directory(t, noLoopback);
  routes.replace(new Map([['app.test', ['127.0.0.1', '10.0.0.1', 'not a backend']]]));
  const complaints = [
    'app.test 127.0.0.1 loopback',
    'app.test not a backend is not an IP address or a DNS name',
  ];
  assert.deepEqual([refused, members.total], [complaints, 2]);
  assert.deepEqual(await backendsOf(routes, 'app.test'), ['10.0.0.1:443']);
  assert.equal(refused.length, 2);
  routes.change('app.test', ['10.0.0.1', '127.1']);
  assert.equal(members.total, 1, 'only those left out now are counted');
  routes.change('app.test', []);
  assert.equal(members.total, 0);
});

test('of very many routes the members are looked at little by little, as they then are', async (t) => {
  const { routes, members } = directory(t, noLoopback);
  const all = Array.from({ length: 3000 }, (_, i) => [`n${i}.test`, ['127.0.0.1']] as const);
  routes.replace(new Map(all));
  assert.ok(members.total < 3000);
  routes.change('n2999.test', ['10.0.0.1']);
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
  routes.replace(new Map([['app.test', ['10.0.0.1']]]));
  assert.deepEqual(await waiting, ['10.0.0.1:443']);
});

test('only what differs is forgotten by the workers', async (t) => {
  const { routes, invalidated } = directory(t);
  routes.replace(
    new Map([
      ['a.test', ['10.0.0.1', '10.0.0.2']],
      ['b.test', ['10.0.0.1']],
    ]),
  );
  await told();
  invalidated.length = 0;
  routes.replace(
    new Map([
      ['a.test', ['10.0.0.2', '10.0.0.1']],
      ['c.test', ['10.0.0.1']],
    ]),
  );
  await told();
  assert.deepEqual(invalidated, [['b.test', 'c.test']]);
  routes.change('a.test', ['10.0.0.1', '10.0.0.2']);
  await told();
  assert.equal(invalidated.length, 1, 'the same members change nothing');
  routes.change('a.test', []);
  await told();
  assert.deepEqual(invalidated.at(-1), ['a.test']);
  assert.deepEqual(await ask(routes, 'a.test'), { kind: 'unknown' });
});

test('what a source changes in one go is one message', async (t) => {
  const { routes, invalidated } = directory(t);
  routes.replace(new Map());
  const patterns = Array.from({ length: 300 }, (_, i) => `*.n${i}.test`);
  for (const pattern of patterns) routes.change(pattern, ['10.0.0.1']);
  routes.change(patterns[0]!, ['10.0.0.2']);
  await told();
  assert.deepEqual(invalidated, [patterns]);
  for (let i = 0; i <= 1000; i++) routes.change(`n${i}.test`, ['10.0.0.1']);
  await told();
  assert.deepEqual(invalidated, [patterns, null], 'of too many everything is forgotten');
});

test('a change is told before any answer that knows of it', async (t) => {
  const { routes, invalidated } = directory(t);
  routes.replace(new Map([['app.test', ['10.0.0.1']]]));
  assert.deepEqual(await backendsOf(routes, 'app.test'), ['10.0.0.1:443']);
  invalidated.length = 0;
  routes.change('app.test', ['10.0.0.2']);
  const given: string[] = [];
  await routes.answer(name('app.test'), 'tls', (answer) => {
    assert.deepEqual(invalidated, [['app.test']]);
    if (answer.kind === 'route') given.push(...answer.backends.map((backend) => backend.name));
  });
  assert.deepEqual(given, ['10.0.0.2:443']);
});

/** What was changed until now has been told to the workers. */
function told(): Promise<void> {
  return new Promise(setImmediate);
}
