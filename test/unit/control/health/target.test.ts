import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  activeTarget,
  probeKind,
  recoveryTarget,
} from '../../../../src/control/health/probe/target.ts';
import type { ServerName } from '../../../../src/server-name.ts';
import { use } from './uses.ts';

const asked = 'asked.example.test' as ServerName;

test('a backend is probed by what it can answer', () => {
  assert.equal(probeKind('off', 'tls'), null);
  assert.equal(probeKind('tls', 'tls'), 'tls');
  assert.equal(probeKind('tls', 'http'), 'tcp');
  assert.equal(probeKind('http', 'http'), 'http');
  assert.equal(probeKind('http', 'tls'), 'tls');
  assert.equal(probeKind('tcp', 'http'), 'tcp');
});

test('an exact route is probed by its own name, whatever was asked for', () => {
  const { name, isGuess } = recoveryTarget(use({ pattern: 'app.example.test', asked }));
  assert.deepEqual([name, isGuess], ['app.example.test', false]);
});

test('a wildcard or default route is probed by the name last asked for, which is a guess', () => {
  const named = (pattern: string, last: ServerName | null) => {
    const { name, isGuess } = recoveryTarget(use({ pattern, asked: last }));
    assert.ok(isGuess);
    return name;
  };
  assert.equal(named('*.example.test', asked), asked);
  assert.equal(named('*.example.test', null), 'sluice-probe.example.test');
  assert.equal(named('httpsDefault', asked), asked);
  assert.equal(named('httpsDefault', null), null);
});

test('a recovery is proved by any answer, an active probe only by the expected one', () => {
  const http = { path: '/healthz', status: { min: 200, max: 200 } };
  const plain = use({ protocol: 'http' });
  assert.deepEqual(activeTarget(plain, 'http', http).status, http.status);
  const { kind, path, status } = recoveryTarget(plain);
  assert.deepEqual([kind, path, status], ['http', '/', { min: 100, max: 999 }]);
});

test('a responder of ACME is asked by its ALPN', () => {
  assert.equal(recoveryTarget(use({ isAcme: true })).alpn, 'acme-tls/1');
  assert.equal(recoveryTarget(use({})).alpn, null);
});
