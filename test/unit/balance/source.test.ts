import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Backend } from '../../../src/balance/backend.ts';
import { digest, fractionOf, murmur3 } from '../../../src/balance/murmur.ts';
import { createPool } from '../../../src/balance/pool.ts';
import { allChoices, backendsOf, clientAt, contextOf } from './backends.ts';
import { assertFits } from './chi-square.ts';

const CLIENTS = Array.from(
  { length: 20_000 },
  (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`,
);

/** By client, the backends in the order that it is offered them. */
function orders(backends: readonly Backend[]): string[][] {
  const pool = createPool(backends, 'source');
  return CLIENTS.map((client) => allChoices(pool, contextOf(), clientAt(client)).split(' '));
}

function named(names: readonly string[], weights: readonly number[] = []): Backend[] {
  return backendsOf(...names.map((_, i) => weights[i] ?? 1)).map((backend, i) => {
    return { ...backend, name: names[i]! };
  });
}

test('murmur3 is the one that others have', () => {
  const hash = (text: string, seed: number) => murmur3(Buffer.from(text), seed);
  assert.equal(hash('', 0), 0);
  assert.equal(hash('', 1), 0x514e28b7);
  assert.equal(hash('', 0xffffffff), 0x81f16f39);
  assert.equal(hash('test', 0), 0xba6bd213);
  assert.equal(hash('test', 0x9747b28c), 0x704b81dc);
  assert.equal(hash('Hello, world!', 0), 0xc0363e43);
  assert.equal(hash('Hello, world!', 0x9747b28c), 0x24884cba);
  assert.equal(hash('The quick brown fox jumps over the lazy dog', 0x9747b28c), 0x2fa826cd);
});

// Edges of different versions share their clients only as long as these stay.
// Worked out apart from this code.
const GOLDEN: Record<string, string> = {
  '192.0.2.1': 'unix:/run/app.sock 10.0.0.1:443 [fd00::3]:443 10.0.0.2:443',
  '192.0.2.2': '10.0.0.2:443 [fd00::3]:443 10.0.0.1:443 unix:/run/app.sock',
  '198.51.100.77': '[fd00::3]:443 10.0.0.2:443 10.0.0.1:443 unix:/run/app.sock',
  '203.0.113.5': '10.0.0.1:443 [fd00::3]:443 unix:/run/app.sock 10.0.0.2:443',
  '2001:db8::1': '[fd00::3]:443 10.0.0.2:443 unix:/run/app.sock 10.0.0.1:443',
  '2001:db8:0:1::1': 'unix:/run/app.sock 10.0.0.1:443 10.0.0.2:443 [fd00::3]:443',
  'fd00::99': 'unix:/run/app.sock [fd00::3]:443 10.0.0.2:443 10.0.0.1:443',
};

test('every edge agrees, whatever the order of the backends', () => {
  const names = ['10.0.0.1:443', '10.0.0.2:443', '[fd00::3]:443', 'unix:/run/app.sock'];
  for (const [client, order] of Object.entries(GOLDEN)) {
    for (const members of [names, names.toReversed()]) {
      const pool = createPool(named(members), 'source');
      assert.equal(allChoices(pool, contextOf(), clientAt(client)), order, client);
    }
  }
});

test('a client has all of its /64 of IPv6', () => {
  const pool = createPool(backendsOf(...Array.from({ length: 26 }, () => 1)), 'source');
  const order = (client: string) => allChoices(pool, contextOf(), clientAt(client));
  const one = order('2001:db8:0:1::1');
  assert.equal(order('2001:db8:0:1:ffff:ffff:ffff:ffff'), one);
  assert.notEqual(order('2001:db8:0:2::1'), one);
  assert.notEqual(order('10.0.0.1'), order('10.0.0.2'));
});

test('a backend that is gone moves its own clients only, each to its second best', () => {
  const all = orders(named(['a:1', 'b:1', 'c:1', 'd:1', 'e:1'], [1, 2, 3, 1, 1]));
  const left = orders(named(['a:1', 'b:1', 'd:1', 'e:1'], [1, 2, 1, 1]));
  for (const [i, order] of all.entries()) {
    assert.deepEqual(
      left[i],
      order.filter((name) => name !== 'c:1'),
    );
  }
});

test('clients are spread by weight, and those of a lost backend too', () => {
  const weights = [1, 2, 3, 4];
  const all = orders(named(['a:1', 'b:1', 'c:1', 'd:1'], weights));
  const count = (of: readonly string[][], name: string, place: number) =>
    of.filter((order) => order[place] === name).length;
  const firsts = ['a:1', 'b:1', 'c:1', 'd:1'].map((name) => count(all, name, 0));
  assertFits(firsts, weights);
  const lost = all.filter(([first]) => first === 'd:1');
  assertFits(
    ['a:1', 'b:1', 'c:1'].map((name) => count(lost, name, 1)),
    [1, 2, 3],
  );
});

test('fractions of all pairs of digests are uniform', () => {
  const buckets = Array.from({ length: 64 }, () => 0);
  const others = [1, 2, 3, 4, 5].map((i) => digest(Buffer.from(`10.0.0.${i}:443`)));
  for (const client of CLIENTS.slice(0, 10_000)) {
    const one = digest(Buffer.from(client));
    for (const other of others) {
      const fraction = fractionOf(one, other);
      assert.ok(fraction > 0 && fraction < 1);
      buckets[Math.floor(fraction * 64)]!++;
    }
  }
  assertFits(
    buckets,
    buckets.map(() => 1),
  );
});
