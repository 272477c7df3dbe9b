import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { descriptorLimit, sessionsWithin } from '../../../src/control/workers/descriptor-limit.ts';
import { makeFolder } from '../../support/folder.ts';

test('the soft limit on descriptors is read where the system says it', async () => {
  await using folder = await makeFolder();
  const path = folder.file('limits');
  assert.equal(descriptorLimit(path), null, 'it says nothing');
  await writeFile(
    path,
    'Limit  Soft Limit  Hard Limit  Units\nMax open files   1024   524288   files\n',
  );
  assert.equal(descriptorLimit(path), 1024);
  await writeFile(path, 'Max open files   unlimited   unlimited   files\n');
  assert.equal(descriptorLimit(path), null);
});

test('a session takes two descriptors, and some are left for everything else', () => {
  assert.equal(sessionsWithin(524_288, 2), 261_888);
  assert.equal(sessionsWithin(1024, 2), 256);
  assert.equal(sessionsWithin(64, 2), 16, 'of few, half are left');
  assert.equal(sessionsWithin(0, 1), 1);
});
