import assert from 'node:assert/strict';
import { test } from 'node:test';
import { probeHello } from '../../../../src/control/health/probe/hello.ts';
import { TlsHeadReader } from '../../../../src/inspect/tls/tls-head.ts';

const TLS_1_3 = 0x0304;

test('the hello of a probe reads as that of a client', () => {
  const [named, bare] = [read('app.example.test', 'acme-tls/1'), read(null, null)];
  assert.deepEqual(
    [named.serverName, named.alpn, named.version],
    ['app.example.test', ['acme-tls/1'], TLS_1_3],
  );
  assert.deepEqual([bare.serverName, bare.alpn], [null, []]);
});

test('no two hellos are alike, and none is longer than the smallest segment', () => {
  const [first, second] = [1, 2].map(() =>
    probeHello({ name: `${'a'.repeat(60)}.test`, alpn: null }),
  );
  assert.notDeepEqual(first, second);
  assert.ok(first!.length < 512, String(first!.length));
});

function read(name: string | null, alpn: string | null) {
  const reading = new TlsHeadReader(16_384).read(probeHello({ name, alpn }));
  assert.ok(reading.kind === 'hello', reading.kind);
  return reading.hello;
}
