import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sniff } from '../../../src/inspect/sniff.ts';
import { clientHello, ssl2Hello } from '../../support/client-hello.ts';

test('a client is answered in the language it began to speak', () => {
  for (const listener of ['tls', 'http', 'auto'] as const) {
    assert.equal(sniff(clientHello('app.example.com'), listener), 'tls');
    assert.equal(sniff(Buffer.of(0x16), listener), 'tls');
    assert.equal(sniff(ssl2Hello(), listener), 'tls');
    assert.equal(sniff(Buffer.from('GET / HTTP/1.1\r\n'), listener), 'http');
    assert.equal(sniff(Buffer.alloc(0), listener), 'unknown');
  }
});

test('where TLS may come only what begins as a request is answered in HTTP', () => {
  for (const text of ['G', 'GET', 'POST /', 'UPDATEREDIRECTREF /']) {
    assert.equal(sniff(Buffer.from(text), 'tls'), 'http', text);
    assert.equal(sniff(Buffer.from(text), 'auto'), 'http', text);
  }
  for (const text of ['SSH-2.0-x', 'EHLO', 'get /', '\0\0', 'A'.repeat(40), '\r\n']) {
    const expected = text === 'EHLO' ? 'http' : 'unknown';
    assert.equal(sniff(Buffer.from(text), 'tls'), expected, text);
    assert.equal(sniff(Buffer.from(text), 'auto'), expected, text);
  }
});

test('a PROXY header says nothing of what its client speaks', () => {
  assert.equal(sniff(Buffer.from('PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n'), 'auto'), 'unknown');
});

test('on a port for HTTP alone whatever is not TLS is answered in HTTP', () => {
  assert.equal(sniff(Buffer.from('get /'), 'http'), 'http');
  assert.equal(sniff(Buffer.from('\0\0'), 'http'), 'http');
});
