import assert from 'node:assert/strict';
import { test } from 'node:test';
import { httpReply, redirectReply, refusalFor, tlsAlert } from '../../../src/inspect/refusals.ts';
import { TERMINATION_NAMES, terminationRow } from '../../../src/termination.ts';

test('an unknown host is told with the alert unrecognized_name or with a 404', () => {
  assert.deepEqual(refusalFor('unknown-host', 'tls'), Buffer.of(0x15, 3, 3, 0, 2, 2, 112));
  assert.match(refusalFor('unknown-host', 'http')!.toString(), /^HTTP\/1\.1 404 Not Found\r\n/);
});

test('every termination that has an alert and a status is told so, the others are silent', () => {
  for (const termination of TERMINATION_NAMES) {
    const { alert, status } = terminationRow(termination);
    assert.equal(refusalFor(termination, 'tls')?.at(-1), alert, termination);
    assert.equal(refusalFor(termination, 'unknown'), null, termination);
    if (termination === 'not-tls') continue;
    const reply = refusalFor(termination, 'http')?.toString();
    assert.equal(reply?.slice(0, 12), status === undefined ? undefined : `HTTP/1.1 ${status}`);
  }
});

test('plain HTTP on a TLS port is told to use https', () => {
  assert.match(refusalFor('not-tls', 'http')!.toString(), /^HTTP\/1\.1 400 [^]*https/);
  assert.equal(refusalFor('not-tls', 'tls'), null);
});

test('an alert has a record version that the client knows', () => {
  const versionFor = (offered: number) => refusalFor('no-backend', 'tls', offered)!.readUInt16BE(1);
  assert.equal(versionFor(0x0304), 0x0303);
  assert.equal(versionFor(0x0303), 0x0303);
  assert.equal(versionFor(0x0302), 0x0302);
  assert.equal(versionFor(0x0300), 0x0301);
  assert.equal(versionFor(0x0002), 0x0301);
});

test('an alert is one fatal alert in one record', () => {
  assert.deepEqual(tlsAlert(80, 0x0301), Buffer.of(0x15, 3, 1, 0, 2, 2, 80));
});

test('a reply closes the connection, is never cached and has a body of the length it says', () => {
  for (const status of [400, 403, 404, 408, 429, 431, 500, 502, 503, 504]) {
    const [head = '', body = ''] = httpReply(status).toString().split('\r\n\r\n');
    assert.match(head, /\r\nConnection: close$/m);
    assert.match(head, /\r\nCache-Control: no-store\r\n/);
    assert.ok(head.includes(`\r\nContent-Length: ${body.length}\r\n`));
    assert.notEqual(body, '');
    assert.equal(
      /\r\nRetry-After: \d+\r\n/.test(head),
      status === 429 || status >= 502,
      `${status}`,
    );
  }
});

test('a redirect says where and is never cached: its route may change in a second', () => {
  assert.deepEqual(redirectReply('https://a.test/x?y').toString().split('\r\n'), [
    'HTTP/1.1 308 Permanent Redirect',
    'Location: https://a.test/x?y',
    'Content-Length: 0',
    'Cache-Control: no-store',
    'Connection: close',
    '',
    '',
  ]);
});
