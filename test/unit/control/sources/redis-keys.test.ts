import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readingOfKey, redisKeys } from '../../../../src/control/sources/redis-keys.ts';

test('the keys of a route are ours, and their host is whatever stands in the middle', () => {
  const keys = redisKeys('edge:');
  assert.equal(keys.watched, 'edge:hostnames:');
  for (const part of ['backends', 'draining', 'acme', 'options'] as const) {
    for (const host of ['app.example.com', '*.example.com', 'a:b', 'backends', '']) {
      const name = `edge:hostnames:${host}:${part}`;
      assert.deepEqual(keys.parse(name), { host, part });
      assert.equal(keys.nameOf({ host, part }), name);
    }
  }
  for (const name of [
    'edge:hostnames:app.example.com:ejected',
    'edge:hostnames:app.example.com:Backends',
    'edge:hostnames:backends',
    'hostnames:app.example.com:backends',
    'edge:hostnames:app.example.com:backends:x',
    '',
  ]) {
    assert.equal(keys.parse(name), null, name);
  }
});

test('what Redis would read as a pattern in the prefix is taken as it stands', () => {
  assert.equal(redisKeys('a*[b]?\\:').glob, 'a\\*\\[b\\]\\?\\\\:hostnames:*');
});

test('members and options are sorted, so that every edge has them in one order', () => {
  const set = { values: ['10.0.0.2', '10.0.0.1'], problem: null, ttlMs: null };
  const host = 'app.example.com';
  assert.deepEqual(readingOfKey({ host, part: 'acme' }, set).values, {
    acme: ['10.0.0.1', '10.0.0.2'],
  });
  const hash = { values: ['proxy', 'v2', 'balance', 'random'], problem: null, ttlMs: null };
  const { options } = readingOfKey({ host, part: 'options' }, hash).values;
  assert.deepEqual(Object.entries(options!), [
    ['balance', 'random'],
    ['proxy', 'v2'],
  ]);
});

test('a host that is no pattern has no members, only a reason', () => {
  const set = { values: ['10.0.0.1'], problem: null, ttlMs: null };
  assert.deepEqual(readingOfKey({ host: 'app.example.com.', part: 'backends' }, set), {
    key: 'app.example.com.',
    part: 'backends',
    values: { backends: [] },
    problems: ['ends in a dot'],
  });
});
