import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { LogFile } from '../../../src/account/log-file.ts';
import { makeFolder } from '../../support/folder.ts';
import { eventually } from '../../support/wait.ts';

test('lines are written in their order, and all of them before it is closed', async () => {
  await using folder = await makeFolder();
  const path = folder.file('access.log');
  const log = new LogFile(path, assert.fail);
  const lines = Array.from({ length: 1000 }, (_, n) => `${n}\n`);
  for (const line of lines) log.write(line);
  await log.close();
  assert.equal(await readFile(path, 'utf8'), lines.join(''));
  assert.equal(log.dropped, 0);
});

test('a full disk is told once, and every line that it loses is counted', async () => {
  const errors: string[] = [];
  const log = new LogFile('/dev/full', (error) => errors.push(error.message));
  log.write('one\n');
  await eventually(() => log.dropped === 1);
  log.write('two\nthree\n');
  await eventually(() => log.dropped === 3);
  await log.close();
  assert.deepEqual(errors, ['ENOSPC: no space left on device, write']);
});

test('no more than a megabyte waits, and what is lost for it is counted', async () => {
  await using folder = await makeFolder();
  const path = folder.file('access.log');
  const log = new LogFile(path, assert.fail);
  const line = `${'x'.repeat(1023)}\n`;
  for (let n = 0; n < 1030; n++) log.write(line);
  assert.equal(log.dropped, 6);
  await log.close();
  assert.equal((await readFile(path)).length, 1 << 20);
});

test('a path that cannot be written to is refused at once', () => {
  assert.throws(() => new LogFile('/nonexistent/access.log', assert.fail), { code: 'ENOENT' });
});
