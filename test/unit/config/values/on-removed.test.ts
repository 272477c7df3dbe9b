import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOnRemoved } from '../../../../src/config/values/on-removed.ts';

test('what becomes of the sessions of a removed backend', () => {
  const values = {
    keep: 'keep',
    close: 30_000,
    'close=30s': 30_000,
    'close=0s': 0,
    'close=2m': 120_000,
  };
  for (const [text, value] of Object.entries(values))
    assert.deepEqual(parseOnRemoved(text), { value });
  for (const text of ['', 'Keep', 'close=', 'close=30', 'close 30s', 'keep=1s', 'close=1000h'])
    assert.ok('reason' in parseOnRemoved(text), text);
});
