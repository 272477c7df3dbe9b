import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { jsonErrorOffset, lineAndColumn } from '../../../../src/control/sources/file/json-error.ts';

/** `!` stands before the first character that cannot be. */
const BROKEN = [
  '{"a": !x}',
  '{"a": !}',
  '{"a"!, 1}',
  '{"a": 1!:}',
  '{"a": 1,!}',
  '{!a: 1}',
  '[1 !2]',
  '[1,!]',
  '[!,]',
  "{!'a': 1}",
  '{"a": 1}!{}',
  '[1!}',
  '{"a": 1!]',
  '[!"a\tb"]',
  '[0!1]',
  '!',
  '[tru!',
  '{"a": {"backends": [!',
];

for (const marked of BROKEN) {
  test(`${marked} is broken at the mark`, () => {
    // A word that is cut off starts where it starts.
    const offset = marked === '[tru!' ? 1 : marked.indexOf('!');
    assert.equal(jsonErrorOffset(marked.replace('!', '')), offset);
  });
}

test('everything that is JSON is read to its end', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(0, 2), (text, indent) => {
      const pretty = JSON.stringify(JSON.parse(text), null, indent);
      assert.equal(jsonErrorOffset(pretty), pretty.length);
    }),
  );
});

test('whatever is not JSON stops before its end, or is the start of something that is', () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), fc.string({ maxLength: 2 }), (json, at, junk) => {
      const cut = at % (json.length + 1);
      const text = json.slice(0, cut) + junk + json.slice(cut);
      assert.ok(jsonErrorOffset(text) === text.length || !isJson(text));
    }),
  );
});

test('a string may be as long as a file', () => {
  const long = '"'.padEnd(8 * 1024 * 1024, 'é');
  assert.equal(jsonErrorOffset(`[${long}" x]`), long.length + 3);
  assert.equal(jsonErrorOffset(`[${long}`), 1);
});

test('lines and columns count from one', () => {
  assert.deepEqual(lineAndColumn('', 0), { line: 1, column: 1 });
  assert.deepEqual(lineAndColumn('ab\ncd', 2), { line: 1, column: 3 });
  assert.deepEqual(lineAndColumn('ab\ncd', 4), { line: 2, column: 2 });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
