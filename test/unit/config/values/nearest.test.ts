import assert from 'node:assert/strict';
import { test } from 'node:test';
import { didYouMean } from '../../../../src/config/values/nearest.ts';

const NAMES = ['listen', 'hello-timeout', 'hello-max-bytes', 'redis', 'routes'];

test('a slip, or the spelling of another place, finds the name that was meant', () => {
  const meant = {
    lissten: 'listen',
    'hello-timout': 'hello-timeout',
    helloTimeout: 'hello-timeout',
    HELLO_TIMEOUT: 'hello-timeout',
    SLUICE_HELLO_MAXBYTES: 'hello-max-bytes',
    '--route': 'routes',
  };
  for (const [written, name] of Object.entries(meant)) {
    assert.equal(didYouMean(written, NAMES), ` (did you mean ${name}?)`, written);
  }
});

test('a name that is near nothing gets no suggestion', () => {
  for (const written of ['', 'x', 'port', 'engine', 'service-host', 'a'.repeat(100_000)]) {
    assert.equal(didYouMean(written, NAMES), '', written.slice(0, 20));
  }
});
