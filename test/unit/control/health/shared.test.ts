import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayTell } from '../../../../src/control/health/shared/cut-off.ts';
import { ejectedKey, patternOfKey } from '../../../../src/control/health/shared/ejection-record.ts';

test('an edge to which too much is down tells nobody', () => {
  assert.equal(mayTell({ tried: 10, out: 5 }, 0.5), true);
  assert.equal(mayTell({ tried: 10, out: 6 }, 0.5), false);
  assert.equal(mayTell({ tried: 1, out: 1 }, 1), false, 'with one there is nothing to compare');
  assert.equal(mayTell({ tried: 2, out: 1 }, 0), false);
});

test('the key of a route and the route of a key are each other', () => {
  for (const pattern of ['app.example.test', '*.example.test', 'httpsDefault'])
    assert.equal(patternOfKey('p:hostnames:', ejectedKey('p:hostnames:', pattern)), pattern);
  for (const key of ['hostnames:a:ejected', 'p:hostnames:a:backends', 'p:hostnames::ejected', 'x'])
    assert.equal(patternOfKey('p:hostnames:', key), null, key);
});
