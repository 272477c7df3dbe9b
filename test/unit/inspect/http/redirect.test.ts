import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { HttpHeadReader } from '../../../../src/inspect/http/http-head.ts';
import { redirectToHttps, type Redirection } from '../../../../src/inspect/http/redirect.ts';

/** What comes of a request for this target, whose head is read as every head is. */
function redirect(target: string, host = 'app.test'): Redirection | 'refused' {
  const request = `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nX: y\r\n\r\n`;
  const head = Buffer.from(request, 'latin1');
  const reading = new HttpHeadReader(65_536).read(head);
  return reading.kind === 'hello' ? redirectToHttps(head, reading.hello) : 'refused';
}

const LOCATIONS: readonly (readonly [target: string, location: string])[] = [
  ['/', 'https://app.test/'],
  ['/a/b?c=d&e=https://b.test/', 'https://app.test/a/b?c=d&e=https://b.test/'],
  ['http://app.test/a?b', 'https://app.test/a?b'],
  ['HTTP://user:word@APP.test:8080/a', 'https://app.test/a'],
  ['http://app.test', 'https://app.test/'],
  ['http://app.test?a', 'https://app.test/?a'],
  ['//b.test/', 'https://app.test//b.test/'],
  ['/\\b.test/', 'https://app.test/\\b.test/'],
  ['/@b.test', 'https://app.test/@b.test'],
  ['/%0d%0aSet-Cookie:%20a=b', 'https://app.test/%0d%0aSet-Cookie:%20a=b'],
  ['/d\xfcsseldorf\x85', 'https://app.test/d%FCsseldorf%85'],
];

for (const [target, location] of LOCATIONS) {
  test(`${JSON.stringify(target)} is redirected to ${location}`, () => {
    assert.deepEqual(redirect(target), { kind: 'redirect', location });
  });
}

test('a host is redirected to in lower case, without its port and its last dot', () => {
  const to = { kind: 'redirect', location: 'https://app.test/' };
  assert.deepEqual(redirect('/', 'APP.test.:8080'), to);
});

test('an ACME challenge is not redirected, whichever form its target has', () => {
  for (const target of [
    '/.well-known/acme-challenge/to-ken_1',
    '/.well-known/acme-challenge/t.t?x',
  ]) {
    assert.deepEqual(redirect(target), { kind: 'challenge' });
    assert.deepEqual(redirect(`http://app.test${target}`), { kind: 'challenge' });
    assert.deepEqual(redirect(target, '192.0.2.1'), { kind: 'challenge' });
  }
});

test('what only starts like an ACME challenge is redirected', () => {
  for (const rest of [
    '',
    '../../admin',
    '..',
    '..?a',
    'a/b',
    '%2e%2e/admin',
    '\\..\\admin',
    '?a',
  ]) {
    const target = `/.well-known/acme-challenge/${rest}`;
    assert.deepEqual(redirect(target), { kind: 'redirect', location: `https://app.test${target}` });
  }
  for (const target of ['/.well-known/acme-challenge', '/x/.well-known/acme-challenge/a']) {
    assert.equal((redirect(target) as Redirection).kind, 'redirect', target);
  }
});

test('without a path or a name to go to there is no redirect', () => {
  for (const [target, host] of [
    ['*', 'app.test'],
    ['app.test:443', 'app.test'],
    ['ftp://app.test/', 'app.test'],
    ['/', '192.0.2.1'],
    ['/', '[2001:db8::1]:80'],
    [`/${'a'.repeat(8192)}`, 'app.test'],
    [`/${'\xff'.repeat(3000)}`, 'app.test'],
  ] as const) {
    assert.equal((redirect(target, host) as Redirection).kind, 'impossible', target.slice(0, 20));
  }
});

test('whatever the target, a location is short visible ASCII on the same host', () => {
  const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
  const text = fc.array(fc.oneof(byte, fc.constantFrom('/', '\\', '@', '.', ':', '#', '?')));
  const start = fc.constantFrom('/', '', 'http://app.test', 'https://b.test@app.test');
  fc.assert(
    fc.property(start, text, (prefix, rest) => {
      const redirection = redirect(prefix + rest.join(''));
      if (redirection === 'refused' || redirection.kind !== 'redirect') return;
      assert.match(redirection.location, /^https:\/\/app\.test\/[\x21-\x7e]{0,8000}$/);
      assert.equal(new URL(redirection.location).host, 'app.test');
    }),
  );
});
