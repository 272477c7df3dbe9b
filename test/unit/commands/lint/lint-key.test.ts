import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lintName, lintUnknownKey, lintValues } from '../../../../src/commands/lint/lint-key.ts';
import { redisKeys } from '../../../../src/control/sources/redis-keys.ts';

const KEYS = redisKeys('edge:');

const NAMES: readonly (readonly [host: string, rule: string, mend: string])[] = [
  ['App.example.com', 'upper-case', 'RENAMENX {} edge:hostnames:app.example.com:backends'],
  ['app.example.com.', 'trailing-dot', 'RENAMENX {} edge:hostnames:app.example.com:backends'],
  ['app.example.com:443', 'port-in-name', 'RENAMENX {} edge:hostnames:app.example.com:backends'],
  ['*.Example.com', 'upper-case', 'RENAMENX {} edge:hostnames:*.example.com:backends'],
  ['HTTPSdefault', 'upper-case', 'RENAMENX {} edge:hostnames:httpsDefault:backends'],
  ['*.*.example.com', 'never-matches', 'UNLINK {}'],
  ['*', 'never-matches', 'UNLINK {}'],
  ['a*.example.com', 'never-matches', 'UNLINK {}'],
  ['*.com.', 'trailing-dot', 'RENAMENX {} edge:hostnames:*.com:backends'],
  ['app example', 'bad-name', 'UNLINK {}'],
  ['10.0.0.1', 'bad-name', 'UNLINK {}'],
  ['a..b', 'bad-name', 'UNLINK {}'],
];

for (const [host, rule, mend] of NAMES) {
  test(`lint says of a route for ${host} that it is ${rule}`, async () => {
    const findings = await lint(host, false);
    assert.deepEqual(findings, [`${rule}: ${mend}`]);
  });
}

test('members of a name that is spelled twice are put together', async () => {
  assert.deepEqual(await lint('App.example.com', true), [
    'upper-case: SUNIONSTORE edge:hostnames:app.example.com:backends edge:hostnames:app.example.com:backends {}; UNLINK {}',
  ]);
});

test('a key of an unknown part is renamed to the part it is near to, else removed', () => {
  const mends = ['backend', 'drainig', 'certificates', ''].map((part) =>
    lintUnknownKey(`hostnames:a.example:${part}`).map(({ mend }) => mend),
  );
  assert.deepEqual(mends, [
    [[['RENAMENX', 'hostnames:a.example:backend', 'hostnames:a.example:backends']]],
    [[['RENAMENX', 'hostnames:a.example:drainig', 'hostnames:a.example:draining']]],
    [[['UNLINK', 'hostnames:a.example:certificates']]],
    [[['UNLINK', 'hostnames:a.example:']]],
  ]);
  assert.deepEqual(lintUnknownKey('hostnames:a.example:ejected'), []);
});

test('a key of the wrong type is removed, and one that is only too large is not', () => {
  const rulesOf = (problem: string) => {
    const read = { values: [], problem, ttlMs: null };
    const found = lintValues({ host: 'a.test', part: 'backends' }, 'k', read);
    return found.map(({ rule, mend }) => [rule, mend]);
  };
  for (const problem of [
    'is not a set',
    'has draining that is not a set',
    'has options that are not a hash',
  ])
    assert.deepEqual(rulesOf(problem), [['wrong-type', [['UNLINK', 'k']]]]);
  const large = 'has backends of over 1 MiB: not all of it is read';
  assert.deepEqual(rulesOf(large), [['too-large', null]]);
});

async function lint(host: string, exists: boolean): Promise<string[]> {
  const name = KEYS.nameOf({ host, part: 'backends' });
  const key = { host, part: 'backends', name } as const;
  const { rule, mend } = await lintName(key, 'is wrong', KEYS, async () => exists);
  const words = mend!.map((command) => command.map((word) => (word === name ? '{}' : word)));
  return [`${rule}: ${words.map((each) => each.join(' ')).join('; ')}`];
}
