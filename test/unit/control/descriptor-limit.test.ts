import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import {
  descriptorLimit,
  pipesWithin,
  sessionsWithin,
} from '../../../src/control/workers/descriptor-limit.ts';
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
  assert.equal(sessionsWithin(524_288, 2), 261_376);
  assert.equal(sessionsWithin(1024, 2), 256);
  assert.equal(sessionsWithin(64, 2), 16, 'of few, half are left');
  assert.equal(sessionsWithin(0, 1), 1);
});

test('pipes have their part in what is left, and of few descriptors an eighth', () => {
  assert.equal(pipesWithin(null, 4), 256);
  assert.equal(pipesWithin(524_288, 2), 256);
  assert.equal(pipesWithin(1024, 2), 32);
  assert.equal(pipesWithin(8, 4), 0);
  for (const descriptors of [400, 1024, 4096, 20_000, 524_288])
    for (const workers of [1, 2, 16]) {
      const spoken = 2 * sessionsWithin(descriptors, workers);
      const pipes = 2 * workers * pipesWithin(descriptors, workers);
      assert.ok(spoken + pipes <= descriptors * 0.625 + 2 || spoken + pipes + 192 <= descriptors);
    }
});
