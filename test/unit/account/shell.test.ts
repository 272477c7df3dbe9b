import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { shellCommand } from '../../../src/account/shell.ts';

const HOSTILE = [
  'plain',
  '',
  ' ',
  "it's",
  '$(touch /tmp/pwned)',
  '`id`',
  '"; rm -rf ~; "',
  '\\',
  '\n',
  '\u001b[2J',
  '!!',
  '*',
  '~',
  '-n',
  'a\x01b2',
  '\u202egnp.exe',
  '\u{1f600}',
  "'\n'",
];

test('whatever is in a member, bash gives the command exactly that member', () => {
  assert.deepEqual(throughBash(HOSTILE), HOSTILE);
});

test('nothing but printable ASCII is ever pasted', () => {
  for (const word of HOSTILE) assert.match(shellCommand([word])!, /^[\x20-\x7e]*$/);
});

test('any text survives bash, or there is no command for it', () => {
  const text = fc.string({ unit: 'binary', maxLength: 40 });
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), (words) => {
      if (shellCommand(words) !== null) assert.deepEqual(throughBash(words), words);
    }),
    { numRuns: 30 },
  );
});

test('there is no command for a NUL, for bytes that are not known, and for a word that is far too long', () => {
  for (const word of ['a\0b', 'a\ufffdb', 'x'.repeat(1025)])
    assert.equal(shellCommand(['redis-cli', 'SREM', word]), null);
});

function throughBash(words: readonly string[]): string[] {
  const script = `printf '%s\\0' ${shellCommand(words)!}`;
  const printed = execFileSync('bash', ['-c', script]).toString();
  return printed.split('\0').slice(0, -1);
}
