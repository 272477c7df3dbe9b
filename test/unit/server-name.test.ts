import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseServerName } from '../../src/server-name.ts';

const label63 = 'a'.repeat(63);
const name253 = [label63, label63, label63, 'a'.repeat(61)].join('.');

const ACCEPTED: readonly (readonly [string, string])[] = [
  ['app.example.com', 'app.example.com'],
  ['APP.Example.COM', 'app.example.com'],
  ['app.example.com.', 'app.example.com'],
  ['localhost', 'localhost'],
  ['a_b.example.com', 'a_b.example.com'],
  ['_acme-challenge.example.com', '_acme-challenge.example.com'],
  ['-a-.example.com', '-a-.example.com'],
  ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
  ['1.2.3.example', '1.2.3.example'],
  ['1.2.3.4a', '1.2.3.4a'],
  ['0x.example', '0x.example'],
  ['3com', '3com'],
  [name253, name253],
  [`${name253}.`, name253],
];

const REFUSED: readonly string[] = [
  '',
  '.',
  '..',
  'a..b',
  '.example.com',
  'example.com..',
  `${'a'.repeat(64)}.com`,
  `${name253}a`,
  '1.2.3.4',
  '1.2.3.4.',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0X7F.1',
  'example.0x',
  '::1',
  '[::1]',
  'a b.com',
  'a\0.com',
  'a.com\0',
  'a\n.com',
  '\u007f.com',
  '*.example.com',
  'a/b',
  'a:80',
  'user@host',
  'a%62.com',
  'bücher.example',
  // Both lower-case to ASCII letters: KELVIN SIGN, LATIN CAPITAL LETTER I WITH DOT ABOVE.
  '\u212A.com',
  '\u0130.com',
  // Long s and dotless i upper-case to ASCII letters.
  '\u017F.com',
  '\u0131.com',
];

test('a server name is lower-cased and loses one trailing dot', () => {
  for (const [text, name] of ACCEPTED) assert.equal(parseServerName(text), name, text);
});

test('what is no DNS name is refused, and so is an IP literal in any spelling', () => {
  for (const text of REFUSED) assert.equal(parseServerName(text), null, JSON.stringify(text));
});

test('whatever the text, a server name has only the characters of a name and parses to itself', () => {
  const characters = fc.constantFrom('a', 'Z', '0', '9', '-', '_', '.', ' ', '\0', '\u212A', ':');
  const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: characters }));
  fc.assert(
    fc.property(texts, (text) => {
      const name = parseServerName(text);
      if (name === null) return;
      assert.match(name, /^(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}$/);
      assert.ok(name.length <= 253);
      assert.equal(parseServerName(name), name);
      assert.equal(parseServerName(text.toUpperCase()), name);
    }),
  );
});
