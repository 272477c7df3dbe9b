import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parsePattern } from '../../../src/route/pattern.ts';
import { parseServerName } from '../../../src/server-name.ts';

test('a lower-case name is an exact pattern', () => {
  for (const text of [
    'app.example.com',
    'localhost',
    '_dmarc.example.com',
    'xn--bcher-kva.example',
  ]) {
    assert.deepEqual(parsePattern(text), { pattern: { kind: 'exact', text } });
  }
});

test('a `*` for the whole first label is a wildcard over a suffix of any length', () => {
  for (const suffix of ['example.com', 'example', 'a.b.c.example.com']) {
    const text = `*.${suffix}`;
    assert.deepEqual(parsePattern(text), { pattern: { kind: 'wildcard', text, suffix } });
  }
});

test('the two defaults are patterns, in exactly this spelling', () => {
  assert.deepEqual(parsePattern('httpsDefault'), {
    pattern: { kind: 'default', text: 'httpsDefault', protocol: 'tls' },
  });
  assert.deepEqual(parsePattern('httpDefault'), {
    pattern: { kind: 'default', text: 'httpDefault', protocol: 'http' },
  });
});

const COMPLAINTS: Readonly<Record<string, RegExp>> = {
  '': /is empty/,
  'App.example.com': /upper case/,
  'app.example.com.': /ends in a dot/,
  '*.': /ends in a dot/,
  'app.example.com:443': /has a port/,
  'https://app.example.com': /scheme or a path/,
  'app.example.com/login': /scheme or a path/,
  '10.0.0.1': /is an address/,
  '[fd00::1]': /is an address/,
  '::1': /is an address/,
  '10.0.1': /ends in a number/,
  '0x7f.1': /ends in a number/,
  '*.10': /ends in a number/,
  'app example.com': /space/,
  'app.example.com\n': /space or a control/,
  'app\0.example.com': /space or a control/,
  'bücher.example': /not ASCII/,
  '*': /too wide/,
  'a.*.com': /not the whole first label/,
  'app*.example.com': /not the whole first label/,
  '*app.example.com': /not the whole first label/,
  '*.*.com': /not the whole first label/,
  '.example.com': /empty label/,
  'a..example.com': /empty label/,
  '*..com': /empty label/,
  'a,b.example.com': /other characters/,
  httpsdefault: /is spelled httpsDefault/,
  HTTPDEFAULT: /is spelled httpsDefault or httpDefault/,
  [`${'a'.repeat(64)}.example.com`]: /label of over 63/,
  [`${'a.'.repeat(126)}aa`]: /longer than 253/,
};

for (const [text, reason] of Object.entries(COMPLAINTS)) {
  test(`${JSON.stringify(text.slice(0, 30))} is no pattern: ${reason.source}`, () => {
    const parsed = parsePattern(text);
    assert.ok('reason' in parsed, 'parsed');
    assert.match(parsed.reason, reason);
  });
}

test('an exact pattern is exactly a name as a client’s name is normalised', () => {
  const labels = fc.array(fc.stringMatching(/^[A-Za-z0-9_.*:-]{0,12}$/), { maxLength: 5 });
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        labels.map((parts) => parts.join('.')),
      ),
      (text) => {
        const parsed = parsePattern(text);
        const isExact = 'pattern' in parsed && parsed.pattern.kind === 'exact';
        const isReserved = /^https?default$/.test(text);
        assert.equal(isExact, parseServerName(text) === text && !isReserved);
      },
    ),
  );
});
