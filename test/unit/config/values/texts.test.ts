import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choice } from '../../../../src/config/values/choice.ts';
import {
  parseAddressBlock,
  parseBackendRule,
  parseDnsServer,
} from '../../../../src/config/values/network.ts';
import type { Parse } from '../../../../src/config/values/parsed.ts';
import {
  parseAccessLog,
  parseAdminToken,
  parseEdgeName,
  parseFilePath,
  parseRedisPrefix,
} from '../../../../src/config/values/text.ts';

function assertRefused(parse: Parse<unknown>, reason: string, texts: readonly string[]): void {
  for (const text of texts) assert.deepEqual(parse(text), { reason }, JSON.stringify(text));
}

test('a choice is one of its words, spelled as they are', () => {
  const parse = choice('alert', 'close', 'reset');
  assert.deepEqual(parse('close'), { value: 'close' });
  assertRefused(parse, 'is not alert, close or reset', [
    '',
    'Close',
    'closed',
    'close ',
    'toString',
  ]);
});

test('a name server is an address, with port 53 unless it says otherwise', () => {
  assert.deepEqual(parseDnsServer('10.0.0.2'), { value: '10.0.0.2:53' });
  assert.deepEqual(parseDnsServer('10.0.0.2:5353'), { value: '10.0.0.2:5353' });
  assert.deepEqual(parseDnsServer('FD00::2'), { value: '[fd00::2]:53' });
  assert.deepEqual(parseDnsServer('[fd00::2]:5353'), { value: '[fd00::2]:5353' });
  const reason = 'is not an address such as 10.0.0.2, 10.0.0.2:53 or [fd00::2]:53';
  assertRefused(parseDnsServer, reason, [
    '',
    'dns',
    'localhost:53',
    '10.0.0',
    '10.0.0.2:0',
    '10.0.0.2:65536',
  ]);
});

test('an address block has no bits past its prefix', () => {
  assert.deepEqual(parseAddressBlock('10.0.0.0/8'), {
    value: { bytes: Uint8Array.of(10, 0, 0, 0), prefix: 8 },
  });
  const reason = 'is not an address or a block such as 10.0.0.0/8 or fd00::/8';
  assertRefused(parseAddressBlock, reason, ['', '10.0.0.1/8', '10.0.0.0/33', 'unix:/run', 'all']);
});

test('a rule about backends is a block or a tree of sockets', () => {
  assert.deepEqual(parseBackendRule('unix:/run/apps/'), { value: { path: '/run/apps' } });
  assert.ok('value' in parseBackendRule('fd00::/8'));
  const reason = 'is not a block such as 10.0.0.0/8 or fd00::/8, or unix:/run/apps';
  assertRefused(parseBackendRule, reason, [
    '',
    'unix:',
    'unix:run',
    '/run/apps',
    'app.example.com',
  ]);
});

test('an edge has a name that logs and Redis can carry', () => {
  for (const name of ['e', 'edge-1', 'edge_1.example.com', 'a'.repeat(64)]) {
    assert.deepEqual(parseEdgeName(name), { value: name });
  }
  const reason = 'is not a name of up to 64 letters, digits, dots, dashes and underscores';
  assertRefused(parseEdgeName, reason, ['', 'a b', '-a', 'a.', 'é', 'a\n', 'a'.repeat(65)]);
});

test('a prefix of keys is no pattern', () => {
  for (const prefix of ['', 'prod:', '{sluice}:', 'a/b']) {
    assert.deepEqual(parseRedisPrefix(prefix), { value: prefix });
  }
  for (const prefix of ['a b', 'a*', 'a?', '[a]', 'a\\', 'a\n', 'a'.repeat(129)]) {
    assert.ok('reason' in parseRedisPrefix(prefix), prefix);
  }
});

test('a token is long enough that nobody guesses it', () => {
  assert.deepEqual(parseAdminToken('0123456789abcdef=='), { value: '0123456789abcdef==' });
  const reason = 'is not a token of 16 to 256 letters, digits and -._~+/';
  assertRefused(parseAdminToken, reason, [
    '',
    'secret',
    '0123456789abcde',
    'a b'.repeat(9),
    'a'.repeat(257),
  ]);
});

test('the access log goes to a file only when that looks like one', () => {
  assert.deepEqual(parseAccessLog('stdout'), { value: 'stdout' });
  assert.deepEqual(parseAccessLog('off'), { value: 'off' });
  for (const file of ['/var/log/sluice', './access', 'access.log']) {
    assert.deepEqual(parseAccessLog(file), { value: { file } });
  }
  const reason = 'is not stdout, off or a file such as ./access.log';
  assertRefused(parseAccessLog, reason, ['', 'of', 'stderr', 'false', 'a.\0log']);
});

test('a file has a path', () => {
  assert.deepEqual(parseFilePath('routes.yaml'), { value: 'routes.yaml' });
  assertRefused(parseFilePath, 'is not the path of a file', ['', 'a\0b']);
});
