import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { jsonDuplicateKey } from '../../../../src/control/sources/file/duplicate-key.ts';

/** `!` stands before the key that is there twice. */
const TWICE = [
  '{"a": 1, !"a": 1}',
  '{"a": {"b": 1, "c": [{}], !"b": 1}}',
  '{"a": {}, "b": {"a": {}},\n !"a" : {}}',
  String.raw`{"a\"": 1, !"a\"": 2}`,
  String.raw`{"a": 1, !"\u0061": 2}`,
  '[{"": 1, !"": 2}]',
];

for (const marked of TWICE) {
  test(`${marked} has a key twice, at the mark`, () => {
    assert.equal(jsonDuplicateKey(marked.replace('!', '')), marked.indexOf('!'));
  });
}

test('the same text as a value, in another object or under another is no duplicate', () => {
  for (const text of [
    '{"a": "a", "b": "a"}',
    '[{"a": 1}, {"a": 1}, "a", "a"]',
    '{"a": {"a": {"a": "{\\"a\\":1,\\"a\\":2}"}}}',
    '"a"',
  ]) {
    assert.equal(jsonDuplicateKey(text), null, text);
  }
});

test('what was written from a value never has a key twice, and with any key again it does', () => {
  const objects = fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1, noNullPrototype: true });
  fc.assert(
    fc.property(objects, fc.nat(), (object, at) => {
      const text = JSON.stringify(object, null, at % 3);
      assert.equal(jsonDuplicateKey(text), null);
      const keys = Object.keys(object);
      const again = JSON.stringify(keys[at % keys.length]);
      const start = `${text.slice(0, -1)},`;
      assert.equal(jsonDuplicateKey(`${start}${again}:0}`), start.length);
    }),
  );
});
