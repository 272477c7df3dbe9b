import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readingOfSet, redisKeys } from '../../../../src/control/sources/redis-keys.ts';

test('only sets of backends are ours, and their host is whatever stands in the middle', () => {
  const keys = redisKeys('edge:');
  assert.equal(keys.watched, 'edge:hostnames:');
  assert.equal(keys.hostOf('edge:hostnames:app.example.com:backends'), 'app.example.com');
  assert.equal(keys.hostOf('edge:hostnames:*.example.com:backends'), '*.example.com');
  assert.equal(keys.hostOf('edge:hostnames:a:b:backends'), 'a:b');
  assert.equal(keys.hostOf('edge:hostnames::backends'), '');
  for (const key of [
    'edge:hostnames:app.example.com:draining',
    'edge:hostnames:app.example.com:options',
    'edge:hostnames:backends',
    'hostnames:app.example.com:backends',
    'edge:hostnames:app.example.com:backends:x',
    '',
  ]) {
    assert.equal(keys.hostOf(key), null, key);
  }
});

test('what Redis would read as a pattern in the prefix is taken as it stands', () => {
  assert.equal(redisKeys('a*[b]?\\:').glob, 'a\\*\\[b\\]\\?\\\\:hostnames:*:backends');
});

test('members are sorted, so that every edge has them in one order', () => {
  const set = { key: '', members: ['10.0.0.2', '10.0.0.1'], problem: null };
  assert.deepEqual(readingOfSet('app.example.com', set).members, ['10.0.0.1', '10.0.0.2']);
});

test('a host that is no pattern has no members, only a reason', () => {
  const set = { key: '', members: ['10.0.0.1'], problem: null };
  assert.deepEqual(readingOfSet('app.example.com.', set), {
    key: 'app.example.com.',
    members: [],
    problems: ['ends in a dot'],
  });
});
