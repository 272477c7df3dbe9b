import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explain } from '../../../../../src/control/report/explain/explain.ts';
import type { RouteFacts } from '../../../../../src/control/report/explain/facts.ts';
import { readQuestion } from '../../../../../src/control/report/explain/question.ts';
import { readRouteOptions } from '../../../../../src/control/routes/route-options.ts';
import {
  EMPTY_RECORD,
  type RouteRecord,
} from '../../../../../src/control/sources/routes/route-record.ts';
import { createGuard } from '../../../../../src/dial/guard.ts';

const ROUTES: Readonly<Record<string, Partial<RouteRecord>>> = {
  'app.example.com': {
    backends: [
      '10.0.0.1',
      '10.0.0.1:443',
      '10.0.0.2?weight=3',
      'http://10.0.0.3',
      '127.0.0.1',
      'x!',
    ],
    draining: ['10.0.0.4:443'],
    acme: ['10.0.0.9'],
  },
  'drained.example.com': { backends: ['10.0.0.4'], draining: ['10.0.0.4:443?weight=2'] },
  'names.example.com': { backends: ['known.internal', 'unknown.internal'] },
  'guarded.example.com': {
    backends: ['10.0.0.1'],
    options: { allow: '192.0.2.0/24', redirect: 'https', 'max-connections': '5', balance: 'worst' },
  },
  '*.example.com': { backends: ['10.0.0.5'] },
  '*.com': { backends: ['10.0.0.6'] },
  httpsDefault: { backends: ['10.0.0.7'] },
  'ejected.example.com': { backends: ['10.9.0.1', '10.9.0.2'] },
};

const FACTS: RouteFacts = {
  source: 'edge test',
  record: (pattern) =>
    Object.hasOwn(ROUTES, pattern) ? { ...EMPTY_RECORD, ...ROUTES[pattern] } : null,
  options: (_, { options }) => readRouteOptions(options, null).options,
  addresses: (name) => (name === 'known.internal' ? ['10.1.0.1', '127.0.0.1'] : null),
  sessions: (backend) => (backend === '10.0.0.1:443' ? 7 : 0),
  routeSessions: (pattern) => (pattern === 'guarded.example.com' ? 5 : null),
  ejection: (backend) =>
    backend === '10.9.0.2:443' ? { until: 1_700_000_000_000, why: 'a probe was reset' } : null,
  refusal: createGuard({ allow: [], deny: [], own: [], localAddresses: () => [] }),
  flags: {
    balance: 'least-connections',
    proxy: 'v2',
    connectTimeoutMs: 2500,
    idleTimeoutMs: 60_000,
    maxEjected: 0.5,
    probe: 'off',
    onRemoved: 'keep',
  },
};

function ask(host: string, more: Partial<{ protocol: string; alpn: string[]; from: string }> = {}) {
  const question = readQuestion({ host, protocol: 'tls', alpn: [], from: null, ...more });
  assert.ok(!('reason' in question), JSON.stringify(question));
  return explain(question, FACTS);
}

test('every pattern is named in the order in which they win, with why it did or did not', () => {
  const { tried, route, match } = ask('B.Example.com.');
  assert.deepEqual(
    tried.map(({ pattern, why }) => `${pattern} ${why}`),
    [
      'b.example.com there is no such route',
      '*.example.com matches: the longest suffix there is',
      '*.com there is such a route, but *.example.com comes first',
      'httpsDefault there is such a route, but *.example.com comes first',
    ],
  );
  assert.deepEqual([route, match], ['*.example.com', 'wildcard']);
});

test('every member says what becomes of it, and why', () => {
  const { members, choice } = ask('app.example.com');
  assert.deepEqual(
    members.map(({ set, member, state, why }) => `${set} ${member} ${state}: ${why}`),
    [
      'backends 10.0.0.1 candidate: null',
      'backends 10.0.0.1:443 left-out: comes to the same address as 10.0.0.1',
      'backends 10.0.0.2?weight=3 candidate: null',
      'backends http://10.0.0.3 left-out: serves http only',
      'backends 127.0.0.1 refused: is loopback',
      'backends x! refused: is not an IP address or a DNS name',
      'acme 10.0.0.9 left-out: for ALPN acme-tls/1 only',
      'draining 10.0.0.4:443 draining: null',
    ],
  );
  assert.deepEqual(
    members
      .slice(0, 3)
      .map(({ weight, proxy, addresses }) => [weight, proxy, addresses[0]!.sessions]),
    [
      [1, 'v2', 7],
      [1, 'v2', 7],
      [3, 'v2', 0],
    ],
  );
  assert.equal(choice.termination, null);
  assert.deepEqual(choice.candidates, [
    { address: '10.0.0.2:443', chance: 1 },
    { address: '10.0.0.1:443', chance: 0 },
  ]);
});

test('acme-tls/1 goes to the acme members of a route, and to no default', () => {
  const acme = ask('app.example.com', { alpn: ['acme-tls/1'] });
  assert.deepEqual(acme.choice.candidates, [{ address: '10.0.0.9:443', chance: 1 }]);
  assert.match(acme.members[0]!.why!, /acme-tls\/1 has its own members/);
  const byDefault = ask('other.test', { alpn: ['acme-tls/1'] });
  assert.equal(byDefault.choice.termination, 'unknown-host');
});

test('a draining address is no candidate under any spelling', () => {
  const { members, choice } = ask('drained.example.com');
  assert.equal(members[0]!.state, 'draining');
  assert.equal(choice.termination, 'no-backend');
});

test('of a DNS name the addresses known are shown, each with its verdict', () => {
  const { members, choice } = ask('names.example.com');
  const [known, unknown] = members;
  assert.deepEqual(
    known!.addresses.map(({ address, refused }) => [address, refused]),
    [
      ['10.1.0.1:443', null],
      ['127.0.0.1:443', 'loopback'],
    ],
  );
  assert.deepEqual(unknown!.addresses, []);
  assert.deepEqual(choice.candidates, [{ address: '10.1.0.1:443', chance: 1 }]);
});

test('lists, redirect and limit are judged in the order of the line', () => {
  const endings = [
    ask('guarded.example.com', { from: '198.51.100.1' }),
    ask('guarded.example.com', { from: '192.0.2.1', protocol: 'http' }),
    ask('guarded.example.com', { from: '192.0.2.1' }),
  ].map(({ choice }) => choice.termination);
  assert.deepEqual(endings, ['denied', 'redirected', 'limited']);
});

test('every option says its value, where that is from, and what is refused', () => {
  const { options } = ask('guarded.example.com');
  const told = Object.fromEntries(options.map(({ name, ...rest }) => [name, rest]));
  assert.equal(told['balance']!.value, 'least-connections');
  assert.equal(told['balance']!.from, 'edge');
  assert.match(told['balance']!.refused!, /"worst" is not/);
  assert.deepEqual(told['allow'], { value: '192.0.2.0/24', from: 'route', refused: null });
  assert.deepEqual(told['idle-timeout'], { value: '60s', from: 'edge', refused: null });
  assert.deepEqual(told['deny'], { value: null, from: 'edge', refused: null });
});

test('a name without a route, and a client without a name, end as the edge ends them', () => {
  assert.equal(ask('nowhere.test', { protocol: 'http' }).choice.termination, 'unknown-host');
  assert.equal(ask('', { protocol: 'http' }).choice.termination, 'no-name');
  assert.equal(ask('').route, 'httpsDefault');
});

const NO_QUESTIONS = [
  [{ host: 'a b' }, 'host'],
  [{ host: '10.0.0.1' }, 'host'],
  [{ protocol: 'udp' }, 'protocol'],
  [{ from: '10.0.0.0/8' }, 'from'],
  [{ alpn: ['h2', ''] }, 'alpn'],
  [{ alpn: Array.from({ length: 33 }, () => 'h2') }, 'alpn'],
] as const;

test('what no client could ask is no question', () => {
  for (const [part, wrong] of NO_QUESTIONS) {
    const asked = { host: 'a.test', protocol: 'tls', alpn: [], from: null, ...part };
    const question = readQuestion(asked);
    assert.ok('part' in question && question.part === wrong, JSON.stringify(part));
  }
});

test('a backend that is ejected says until when and why, and is no candidate', () => {
  const { members, choice } = ask('ejected.example.com');
  const [, { ejectedUntil, ejectedBecause } = assert.fail()] = members.flatMap(
    ({ addresses }) => addresses,
  );
  assert.deepEqual([ejectedUntil, ejectedBecause], [1_700_000_000_000, 'a probe was reset']);
  assert.deepEqual(
    choice.candidates.map(({ address }) => address),
    ['10.9.0.1:443'],
  );
});
