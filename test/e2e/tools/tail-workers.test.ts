import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { curl } from '../../support/curl.ts';
import { makeFolder } from '../../support/folder.ts';
import { startSluice } from '../../support/sluice.ts';
import { startTail } from '../../support/tail.ts';

const PRELOAD = join(import.meta.dirname, '../../support/unruly-workers.js');
const skip = process.platform === 'linux' ? false : 'the epoll engine needs Linux';

test('a worker that takes the place of another tells of its sessions, too', { skip }, async () => {
  await using faults = await makeFolder();
  await using sluice = await startSluice({
    args: ['--engine=epoll', '--workers=1'],
    env: { NODE_OPTIONS: `--import=${PRELOAD}`, FAULTS: faults.path },
  });
  await using tail = await startTail(sluice, ['--json']);
  await writeFile(faults.file('die-0'), '');
  await sluice.waitForLog(({ msg }) => /died/.test(msg ?? ''));
  await rm(faults.file('die-0'));
  await sluice.waitForMetric('sluice_workers_running', {}, 1);
  const { status } = await curl('http://after.example.test/', { via: sluice.address(1) });
  assert.equal(status, 404);
  await tail.waitFor(({ host }) => host === 'after.example.test');
});
