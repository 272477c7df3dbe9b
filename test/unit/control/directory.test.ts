import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Endpoint } from '../../../src/address.ts';
import { BackendSlots } from '../../../src/control/backend-slots.ts';
import { Directory } from '../../../src/control/directory.ts';
import { BackendResolver } from '../../../src/control/resolver.ts';
import { RouteBackends } from '../../../src/control/route-backends.ts';
import { parseServerName, type ServerName } from '../../../src/server-name.ts';

function directory(t: TestContext, refusal: (endpoint: Endpoint) => string | null = () => null) {
  const invalidated: (readonly string[] | null)[] = [];
  const refused: string[] = [];
  const resolver = new BackendResolver({ servers: [], onChange: () => {} });
  t.after(() => resolver.close());
  const backends = new RouteBackends({
    resolver,
    slots: new BackendSlots(() => 0),
    refusal,
    proxyProtocol: 'off',
    onRefused: (pattern, member, reason) => refused.push(`${pattern} ${member} ${reason}`),
  });
  const routes = new Directory({ backends, invalidate: (patterns) => invalidated.push(patterns) });
  return { routes, invalidated, refused };
}

const name = (text: string): ServerName => parseServerName(text)!;

async function backendsOf(routes: Directory, host: string, protocol: 'tls' | 'http' = 'tls') {
  const answer = await routes.answer(name(host), protocol);
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

test('a member that does not parse or may not be dialled is left out and told of', async (t) => {
  const { routes, refused } = directory(t, (endpoint) =>
    'ip' in endpoint && endpoint.ip === '127.0.0.1' ? 'loopback' : null,
  );
  routes.replace(new Map([['app.test', ['127.0.0.1', '10.0.0.1', 'not a backend']]]));
  assert.deepEqual(await backendsOf(routes, 'app.test'), ['10.0.0.1:443']);
  assert.equal(refused.length, 2);
  assert.match(refused.join('\n'), /app\.test 127\.0\.0\.1:443 loopback/);
});

test('before the routes were read nobody is told that a name is unknown', async (t) => {
  const { routes } = directory(t);
  const waiting = routes.answer(name('app.test'), 'tls');
  routes.giveUpWaiting();
  assert.deepEqual(await waiting, { kind: 'unavailable' });
  routes.replace(new Map());
  assert.deepEqual(await routes.answer(name('app.test'), 'tls'), { kind: 'unknown' });
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
  invalidated.length = 0;
  routes.replace(
    new Map([
      ['a.test', ['10.0.0.2', '10.0.0.1']],
      ['c.test', ['10.0.0.1']],
    ]),
  );
  assert.deepEqual(invalidated, [['b.test', 'c.test']]);
  routes.change('a.test', ['10.0.0.1', '10.0.0.2']);
  assert.equal(invalidated.length, 1, 'the same members change nothing');
  routes.change('a.test', []);
  assert.deepEqual(invalidated.at(-1), ['a.test']);
  assert.deepEqual(await routes.answer(name('a.test'), 'tls'), { kind: 'unknown' });
});

test('a change is told before any answer that knows of it', async (t) => {
  const { routes, invalidated } = directory(t);
  routes.replace(new Map([['app.test', ['10.0.0.1']]]));
  assert.deepEqual(await backendsOf(routes, 'app.test'), ['10.0.0.1:443']);
  invalidated.length = 0;
  routes.change('app.test', ['10.0.0.2']);
  assert.deepEqual(invalidated, [['app.test']]);
  assert.deepEqual(await backendsOf(routes, 'app.test'), ['10.0.0.2:443']);
});
