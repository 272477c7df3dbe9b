import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findMembers } from '../../../../src/commands/tools/find-member.ts';

const MEMBERS = [
  '10.0.0.1',
  '10.0.0.2:8443?weight=3',
  'tls://10.0.0.3',
  'http://10.0.0.3:443',
  '[FD00::1]:443',
  'app.internal',
  'unix:/run/a?proxy=v2',
  '',
];

const FOUND: readonly (readonly [written: string, found: readonly string[]])[] = [
  ['10.0.0.1', ['10.0.0.1']],
  ['10.0.0.1:443', ['10.0.0.1']],
  ['10.0.0.1:8443', []],
  ['10.0.0.2', []],
  ['10.0.0.2:8443', ['10.0.0.2:8443?weight=3']],
  ['10.0.0.3:443', ['tls://10.0.0.3', 'http://10.0.0.3:443']],
  ['[fd00:0::1]', ['[FD00::1]:443']],
  ['App.internal:443', ['app.internal']],
  ['unix:/run/a', ['unix:/run/a?proxy=v2']],
  ['', ['']],
  ['nonsense!', []],
];

for (const [written, found] of FOUND) {
  test(`"${written}" means ${found.length === 0 ? 'no member' : found.join(' and ')}`, () => {
    assert.deepEqual(findMembers(written, MEMBERS), found);
  });
}
