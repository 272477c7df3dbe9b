import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SourceAddresses } from '../../../src/engine/source-addresses.ts';

const ONE = { ip: '10.0.0.1', port: 443 };
const TWO = { ip: '10.0.0.2', port: 443 };
const SIX = { ip: 'fd00::1', port: 443 };

test('a backend is dialled from one address until that has no port left for it', () => {
  const sources = new SourceAddresses(['10.1.0.1', 'fd00::9', '10.1.0.2']);
  assert.deepEqual([sources.choose(ONE), sources.choose(ONE)], ['10.1.0.1', '10.1.0.1']);
  assert.equal(sources.advance(ONE, '10.1.0.1'), '10.1.0.2');
  assert.deepEqual([sources.choose(ONE), sources.choose(TWO)], ['10.1.0.2', '10.1.0.1']);
  assert.equal(sources.advance(ONE, '10.1.0.2'), '10.1.0.1');
  assert.equal(sources.choose(ONE), '10.1.0.1');
});

test('dials that fail together move on by one address, and each tries every one', () => {
  const sources = new SourceAddresses(['10.1.0.1', '10.1.0.2', '10.1.0.3']);
  for (let i = 0; i < 5; i++) assert.equal(sources.advance(ONE, '10.1.0.1'), '10.1.0.2');
  assert.equal(sources.choose(ONE), '10.1.0.2');
  assert.equal(sources.advance(ONE, '10.1.0.2'), '10.1.0.3');
  // It was chosen before the others moved on.
  assert.equal(sources.advance(ONE, '10.1.0.1'), '10.1.0.2');
  assert.equal(sources.choose(ONE), '10.1.0.3');
});

test('addresses are of the family of the backend, and where there is none the kernel chooses', () => {
  const sources = new SourceAddresses(['10.1.0.1', '10.1.0.2']);
  assert.deepEqual([sources.count(ONE), sources.count(SIX)], [2, 0]);
  assert.deepEqual([sources.choose(SIX), sources.choose({ path: '/run/app.sock' })], [null, null]);
});
