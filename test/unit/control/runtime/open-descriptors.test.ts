import assert from 'node:assert/strict';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { OpenDescriptors } from '../../../../src/control/runtime/open-descriptors.ts';
import { eventually } from '../../../support/wait.ts';

// A folder of the kernel's whose size is always 0, as that of descriptors is before Linux 6.2.
const UNSIZED = '/proc/self/ns';
const skip =
  existsSync(UNSIZED) && statSync(UNSIZED).size === 0 ? false : 'there is no such folder';

test('where the system has no such folder nothing is known', () => {
  assert.equal(new OpenDescriptors('/nonexistent').count(), null);
});

test('where the kernel does not count, the folder is read, in its own time', { skip }, async () => {
  const descriptors = new OpenDescriptors(UNSIZED);
  assert.equal(descriptors.count(), null);
  const count = await eventually(() => descriptors.count());
  assert.equal(count, readdirSync(UNSIZED).length - 1);
});
