import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printable } from '../../../src/account/printable.ts';

test('text that a terminal shows as it is stays as it is, but for backslashes', () => {
  assert.equal(printable('unix:/run/app, one "two"'), 'unix:/run/app, one "two"');
  assert.equal(printable('a\\x41'), 'a\\x5cx41');
});

test('controls, C1 controls, bidi marks and everything else beyond ASCII are escaped', () => {
  assert.equal(printable('\u001b[31m\n\u007f'), '\\x1b[31m\\x0a\\x7f');
  assert.equal(printable('\u009b31m'), '\\x9b31m');
  assert.equal(printable('a\u202eb\u2066'), 'a\\u{202e}b\\u{2066}');
  assert.equal(printable('\u{1f600}'), '\\u{1f600}');
  assert.equal(printable('\ud800'), '\\u{d800}');
});
