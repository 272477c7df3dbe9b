import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RouteCache } from '../../../src/route/cache.ts';
import { RouteTable } from '../../../src/route/table.ts';

const NOT_EXACT = ['www.example.com', 'a.b.example.com', 'example.com', 'notexample.com', 'single'];

interface Found {
  readonly pattern: string;
}

test('a name is known until something says otherwise, and so is the name of nobody', () => {
  const cache = new RouteCache<Found>();
  cache.set('app.example.com', { pattern: 'app.example.com' });
  cache.set(null, { pattern: 'httpsDefault' });
  assert.equal(cache.get('app.example.com')?.pattern, 'app.example.com');
  assert.equal(cache.get(null)?.pattern, 'httpsDefault');
  assert.equal(cache.get('other.example.com'), undefined);
  cache.clear();
  assert.equal(cache.size, 0);
});

const NAMES: Readonly<Record<string, string>> = {
  'app.example.com': 'app.example.com',
  'www.example.com': '*.example.com',
  'a.b.example.com': '*.example.com',
  'example.com': 'httpsDefault',
  'notexample.com': 'httpsDefault',
  single: 'httpsDefault',
};

const FORGOTTEN: Readonly<Record<string, readonly string[]>> = {
  'app.example.com': ['app.example.com'],
  // A pattern that is new may be the better answer for a name whose answer was another.
  'www.example.com': ['www.example.com'],
  single: ['single'],
  // Which names a pattern that is not exact answers is not looked for: it may be any but the exact.
  '*.example.com': NOT_EXACT,
  httpsDefault: NOT_EXACT,
  'unknown.example.com': [],
};

for (const [pattern, forgotten] of Object.entries(FORGOTTEN)) {
  test(`a change of ${pattern} forgets ${forgotten.join(', ') || 'nothing'}`, () => {
    const cache = new RouteCache<Found>(12);
    for (const [name, found] of Object.entries(NAMES)) cache.set(name, { pattern: found });
    cache.invalidate(pattern);
    const gone = Object.keys(NAMES).filter((name) => cache.get(name) === undefined);
    assert.deepEqual(gone, forgotten);
  });
}

test('a change looks at no name, however many are known and whatever its pattern is', () => {
  let looks = 0;
  const found = {
    get pattern() {
      looks++;
      return '*.example.com';
    },
  };
  const cache = new RouteCache<Found>();
  for (let i = 0; i < 65_000; i++) cache.set(`n${i}.example.com`, found);
  for (let i = 0; i < 300; i++) cache.invalidate(`*.n${i}.example.com`);
  cache.invalidate('httpsDefault');
  assert.equal(looks, 0);
  assert.equal(cache.get('n64999.example.com'), undefined);
  assert.equal(looks, 1);
});

test('what is learned after a change of a wildcard holds, and what was forgotten is gone', () => {
  const cache = new RouteCache<Found>();
  cache.set('www.example.com', { pattern: '*.example.com' });
  cache.invalidate('*.example.com');
  assert.equal(cache.get('www.example.com'), undefined);
  assert.equal(cache.size, 0);
  cache.set('www.example.com', { pattern: '*.example.com' });
  assert.equal(cache.get('www.example.com')?.pattern, '*.example.com');
});

test('the bound holds, and a name in use outlives a flood of names used once', () => {
  const cache = new RouteCache<Found>(100);
  cache.set('app.example.com', { pattern: 'app.example.com' });
  for (let i = 0; i < 10_000; i++) {
    cache.set(`n${i}.example.com`, { pattern: '*.example.com' });
    assert.ok(cache.size <= 100);
    if (i % 40 === 0) assert.ok(cache.get('app.example.com'), `lost after ${i}`);
  }
  assert.equal(cache.get('n0.example.com'), undefined);
});

test('a name of both generations has one answer, the newer', () => {
  const cache = new RouteCache<Found>(4);
  cache.set('a', { pattern: 'old' });
  cache.set('b', { pattern: 'b' });
  cache.set('c', { pattern: 'c' });
  cache.set('a', { pattern: 'new' });
  assert.equal(cache.get('a')?.pattern, 'new');
  cache.invalidate('a');
  assert.equal(cache.get('a'), undefined);
});

test('a cache that is told every change never differs from the table', () => {
  const label = fc.constantFrom('a', 'b');
  const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
  const pattern = fc.oneof(
    name,
    name.map((suffix) => `*.${suffix}`),
    fc.constant('httpsDefault'),
  );
  const step = fc.record({ pattern, present: fc.boolean(), asked: name });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const table = new RouteTable<number>();
      const cache = new RouteCache<Found>(8);
      for (const [i, { pattern: changed, present, asked }] of steps.entries()) {
        if (present) table.set(changed, i);
        else table.delete(changed);
        cache.invalidate(changed);
        const found = table.lookup(asked, 'tls');
        assert.ok((cache.get(asked) ?? found) === found);
        if (found !== null) cache.set(asked, found);
      }
    }),
  );
});
