import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseProbePath, parseStatusRange } from '../../../src/config/values/probe.ts';

test('a status is one or a range of them', () => {
  assert.deepEqual(parseStatusRange('204'), { value: { min: 204, max: 204 } });
  assert.deepEqual(parseStatusRange('200-399'), { value: { min: 200, max: 399 } });
  for (const text of ['', '99', '600', '399-200', '200-', '2xx', '200,204', ' 200'])
    assert.ok('reason' in parseStatusRange(text), text);
});

test('a path goes into a request as it is, and nothing else does', () => {
  assert.deepEqual(parseProbePath('/healthz?a=1'), { value: '/healthz?a=1' });
  for (const text of ['', 'healthz', '/a b', '/a\r\nX: y', '/ä', `/${'a'.repeat(1024)}`])
    assert.ok('reason' in parseProbePath(text), text);
});
