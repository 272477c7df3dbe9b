import assert from 'node:assert/strict';
import { fstatSync, openSync } from 'node:fs';
import { test } from 'node:test';
import { epollUnavailable } from '../../../../../src/engine/epoll/system/available.ts';
import { closeOrphans, Descriptors } from '../../../../../src/engine/epoll/system/descriptors.ts';
import { loadLibc } from '../../../../../src/engine/epoll/system/libc.ts';

const skip = epollUnavailable() ?? false;

test('what a dead worker left open is closed, and nothing else', { skip }, () => {
  const ledger = new SharedArrayBuffer(65_536);
  const descriptors = new Descriptors(loadLibc(), ledger);
  const [left, closed, foreign] = [open(), open(), open()] as const;
  descriptors.opened(left);
  descriptors.opened(closed);
  descriptors.close(closed);
  const reused = open();
  assert.equal(reused, closed, 'the kernel gives out the lowest number');
  assert.equal(closeOrphans(ledger), 1);
  assert.throws(() => fstatSync(left), { code: 'EBADF' });
  assert.ok(fstatSync(foreign).isCharacterDevice());
  assert.ok(fstatSync(reused).isCharacterDevice());
  assert.equal(closeOrphans(ledger), 0);
});

function open(): number {
  return openSync('/dev/null', 'r');
}
