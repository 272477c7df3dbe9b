import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProbeShares } from '../../../../src/control/health/probe/probe-shares.ts';

function begin(shares: ProbeShares, patterns: readonly string[], isFailing = false) {
  const ends: (() => void)[] = [];
  for (;;) {
    const end = shares.begin(patterns, isFailing);
    if (end === null) return ends;
    ends.push(end);
    assert.ok(ends.length < 1000);
  }
}

test('a route has its share of probes, and again what has ended', () => {
  const shares = new ProbeShares();
  const ends = begin(shares, ['a.test']);
  assert.equal(ends.length, 8);
  assert.equal(begin(shares, ['b.test']).length, 8);
  ends[0]!();
  assert.equal(begin(shares, ['a.test']).length, 1);
});

test('a backend that several routes have is probed as long as one of them has a place', () => {
  const shares = new ProbeShares();
  begin(shares, ['busy.test']);
  assert.equal(begin(shares, ['busy.test', 'idle.test']).length, 8);
});

test('however many backends fail their probes, others have half of the room', () => {
  const shares = new ProbeShares();
  const routes = Array.from({ length: 100 }, (_, i) => `n${i}.test`);
  const failing = routes.flatMap((pattern) => begin(shares, [pattern], true));
  assert.equal(failing.length, 32);
  assert.equal(begin(shares, ['victim.test'], false).length, 8);
  for (const end of failing) end();
  assert.equal(begin(shares, ['n0.test'], true).length, 8);
});
