import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DIAL_RESULTS, dialFailure, failureTermination } from '../../../src/dial/failure.ts';

const ROWS: Record<string, readonly [failure: string, termination: string]> = {
  ECONNREFUSED: ['refused', 'connect-failed'],
  ENOENT: ['refused', 'connect-failed'],
  EAGAIN: ['refused', 'connect-failed'],
  EHOSTUNREACH: ['unreachable', 'connect-failed'],
  ENETUNREACH: ['unreachable', 'connect-failed'],
  EHOSTDOWN: ['unreachable', 'connect-failed'],
  ENETDOWN: ['unreachable', 'connect-failed'],
  ECONNRESET: ['reset', 'connect-failed'],
  ECONNABORTED: ['reset', 'connect-failed'],
  EPIPE: ['reset', 'connect-failed'],
  ETIMEDOUT: ['timeout', 'connect-timeout'],
  EMFILE: ['resources', 'no-resources'],
  ENFILE: ['resources', 'no-resources'],
  ENOBUFS: ['resources', 'no-resources'],
  ENOMEM: ['resources', 'no-resources'],
  EADDRNOTAVAIL: ['source-ports', 'no-source-ports'],
  EADDRINUSE: ['source-ports', 'no-source-ports'],
  EPERM: ['other', 'connect-failed'],
  EACCES: ['other', 'connect-failed'],
  EINVAL: ['other', 'connect-failed'],
};

test('every errno is a metric result and a termination', () => {
  for (const [code, [expected, termination]] of Object.entries(ROWS)) {
    const failure = dialFailure(errorWith(code))!;
    assert.equal(failure, expected, code);
    assert.equal(failureTermination(failure), termination, code);
  }
});

test('every result but success comes from some errno', () => {
  const seen = new Set(Object.values(ROWS).map(([failure]) => failure));
  assert.deepEqual([...seen, 'ok'].sort(), [...DIAL_RESULTS].sort());
});

test('an error that no system call gave is a bug, not a failure', () => {
  const bugs: unknown[] = [new TypeError('x'), errorWith('ERR_INVALID_ARG_TYPE'), errorWith(111)];
  for (const bug of [...bugs, { code: 'ECONNREFUSED' }, 'ECONNREFUSED', null, undefined]) {
    assert.equal(dialFailure(bug), null);
  }
});

function errorWith(code: unknown): Error {
  return Object.assign(new Error('failed'), { code });
}
