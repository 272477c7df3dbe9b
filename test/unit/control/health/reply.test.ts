import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readHttpReply, readTlsReply } from '../../../../src/control/health/probe/reply.ts';

const USUAL = { min: 200, max: 399 };

const tls = (hex: string, isGuess = false) =>
  readTlsReply(Buffer.from(hex.replaceAll(' ', ''), 'hex'), isGuess)?.result ?? null;
const http = (text: string) => readHttpReply(Buffer.from(text, 'latin1'), USUAL)?.result ?? null;

test('the first handshake record back is success, and nothing is decided before it begins', () => {
  const record = '16 03 03 00 7a 02';
  for (let length = 0; length < record.length - 2; length += 3)
    assert.equal(tls(record.slice(0, length)), null);
  assert.equal(tls(record), 'ok');
});

test('an alert is a failure, unless it is about our hello or the name was a guess', () => {
  assert.equal(tls('15 03 01 00 02 02'), null);
  assert.equal(tls('15 03 01 00 02 02 50'), 'alert');
  assert.equal(tls('15 03 01 00 02 02 70'), 'alert', 'unrecognized_name');
  assert.equal(tls('15 03 01 00 02 02 28'), 'ok', 'handshake_failure');
  assert.equal(tls('15 03 01 00 02 02 70', true), 'ok');
});

test('what is not TLS is told at its first bytes', () => {
  assert.equal(tls('48 54'), 'not-understood');
  assert.equal(tls('16 48'), 'not-understood');
});

test('a status of HTTP is success where it is expected, behind interim answers too', () => {
  assert.equal(http('HTTP/1.1 200 OK\r\n'), 'ok');
  assert.equal(http('HTTP/1.0 399'), 'ok');
  assert.equal(http('HTTP/1.1 503 No\r\n'), 'bad-status');
  assert.equal(http('HTTP/1.1 103 Early\r\nLink: x\r\n'), null);
  assert.equal(http('HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 404 No\r\n'), 'bad-status');
  for (const early of ['', 'HT', 'HTTP/1.1 2']) assert.equal(http(early), null);
});

test('what is not HTTP is told as soon as that can be seen', () => {
  for (const text of ['\x15\x03', 'HTTQ', 'HTTP/2.0 200 OK', 'HTTP/1.1 0200', 'HTTP/1.1 abc '])
    assert.equal(http(text), 'not-understood', text);
});
