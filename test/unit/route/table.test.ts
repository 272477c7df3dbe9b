import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Protocol } from '../../../src/protocol.ts';
import { RouteTable } from '../../../src/route/table.ts';

const ALL = [
  'app.example.com',
  '*.example.com',
  '*.eu.example.com',
  '*.com',
  'httpsDefault',
  'httpDefault',
];

/** For each name: the pattern that answers, and how. */
const DECISIONS: readonly (readonly [name: string | null, protocol: Protocol, string, string])[] = [
  ['app.example.com', 'tls', 'app.example.com', 'exact'],
  ['app.example.com', 'http', 'app.example.com', 'exact'],
  ['www.example.com', 'tls', '*.example.com', 'wildcard'],
  ['a.b.c.example.com', 'tls', '*.example.com', 'wildcard'],
  ['x.app.example.com', 'tls', '*.example.com', 'wildcard'],
  ['eu.example.com', 'tls', '*.example.com', 'wildcard'],
  ['a.eu.example.com', 'tls', '*.eu.example.com', 'wildcard'],
  ['a.b.eu.example.com', 'tls', '*.eu.example.com', 'wildcard'],
  ['example.com', 'tls', '*.com', 'wildcard'],
  ['notexample.com', 'tls', '*.com', 'wildcard'],
  ['com', 'tls', 'httpsDefault', 'default'],
  ['example.org', 'tls', 'httpsDefault', 'default'],
  ['example.org', 'http', 'httpDefault', 'default'],
  [null, 'tls', 'httpsDefault', 'default'],
  [null, 'http', 'httpDefault', 'default'],
];

for (const [name, protocol, pattern, match] of DECISIONS) {
  test(`${protocol} for ${name ?? 'nobody'} goes to ${pattern}`, () => {
    assert.deepEqual(tableOf(ALL).lookup(name, protocol), { pattern, match, value: pattern });
  });
}

test('without a match and without a default there is no route', () => {
  const table = tableOf(['app.example.com', '*.example.com', 'httpDefault']);
  assert.equal(table.lookup('example.com', 'tls'), null);
  assert.equal(table.lookup(null, 'tls'), null);
});

test('a client cannot ask for a pattern by its text', () => {
  const table = tableOf(['*.example.com', 'httpsDefault']);
  assert.equal(table.lookup('httpsDefault', 'http'), null);
  assert.equal(table.lookup('*', 'http'), null);
});

test('a route that is deleted uncovers the next best', () => {
  const table = tableOf(ALL);
  const found: (string | undefined)[] = [];
  for (const pattern of ['app.example.com', '*.example.com', '*.com', 'httpsDefault']) {
    found.push(table.lookup('app.example.com', 'tls')?.pattern);
    assert.equal(table.delete(pattern), true);
    assert.equal(table.delete(pattern), false);
  }
  assert.deepEqual(found, ['app.example.com', '*.example.com', '*.com', 'httpsDefault']);
  assert.equal(table.lookup('app.example.com', 'tls'), null);
  assert.equal(table.size, 2);
});

test('an empty list of backends is no route', () => {
  const table = new RouteTable<readonly string[]>();
  table.set('app.example.com', ['10.0.0.1']);
  table.set('*.example.com', ['10.0.0.2']);
  table.set('app.example.com', []);
  assert.equal(table.get('app.example.com'), undefined);
  assert.equal(table.lookup('app.example.com', 'tls')?.pattern, '*.example.com');
});

test('replacing forgets everything else', () => {
  const table = tableOf(ALL);
  table.replace([['new.example.com', 'new']]);
  assert.deepEqual([...table.keys()], ['new.example.com']);
  assert.deepEqual(
    [...table].map(({ match, value }) => [match, value]),
    [['exact', 'new']],
  );
});

test('whatever is looked up, the answer is the longest pattern that covers it', () => {
  const label = fc.constantFrom('a', 'b', 'c');
  const name = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'));
  const pattern = fc.oneof(
    name,
    name.map((suffix) => `*.${suffix}`),
  );
  fc.assert(
    fc.property(fc.uniqueArray(pattern, { maxLength: 12 }), name, (patterns, asked) => {
      const found = tableOf(patterns).lookup(asked, 'tls')?.pattern ?? null;
      assert.equal(found, longestCovering(patterns, asked));
    }),
  );
});

// The rule as DESIGN.md has it, by looking at every pattern.
function longestCovering(patterns: readonly string[], asked: string): string | null {
  if (patterns.includes(asked)) return asked;
  const covering = patterns.filter(
    (text) => text.startsWith('*.') && asked.endsWith(text.slice(1)),
  );
  return covering.toSorted((a, b) => b.length - a.length)[0] ?? null;
}

function tableOf(patterns: readonly string[]): RouteTable<string> {
  const table = new RouteTable<string>();
  for (const pattern of patterns) table.set(pattern, pattern);
  return table;
}
