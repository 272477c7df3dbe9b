import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { open, readFile, rename } from 'node:fs/promises';
import { test } from 'node:test';
import { LogFile } from '../../../../src/account/log/log-file.ts';
import { makeFolder } from '../../../support/folder.ts';
import { eventually } from '../../../support/wait.ts';

test('lines are written in their order, and all of them before it is closed', async () => {
  await using folder = await makeFolder();
  const path = folder.file('access.log');
  const log = new LogFile(path, assert.fail);
  const lines = Array.from({ length: 1000 }, (_, n) => `${n}\n`);
  for (const line of lines) log.write(line);
  await log.close();
  assert.equal(await readFile(path, 'utf8'), lines.join(''));
  assert.deepEqual([log.dropped, log.queued], [0, 0]);
});

test('a full disk is told once, and every line that it loses is counted', async () => {
  const errors: string[] = [];
  const log = new LogFile('/dev/full', (error) => errors.push(error.message));
  log.write('one\n');
  await eventually(() => log.dropped === 1);
  log.write('two\nthree\n');
  await eventually(() => log.dropped === 3);
  assert.equal(log.isFailing, true);
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

test('a file that was renamed is opened anew, and no line is lost or written twice', async () => {
  await using folder = await makeFolder();
  const path = folder.file('access.log');
  const log = new LogFile(path, assert.fail);
  const wanted: string[] = [];
  const write = (line: string) => {
    wanted.push(line);
    log.write(line);
  };
  for (let turn = 0; turn < 5; turn++) {
    for (let n = 0; n < 100; n++) write(`${turn} ${n}\n`);
    await rename(path, folder.file(`access.log.${turn}`));
    write('before it is told\n');
    assert.equal(log.reopen(), true);
    write('after\n');
  }
  await log.close();
  const names = [...Array.from({ length: 5 }, (_, turn) => `access.log.${turn}`), 'access.log'];
  const written = await Promise.all(names.map((name) => readFile(folder.file(name), 'utf8')));
  assert.equal(written.join(''), wanted.join(''));
  assert.match(written.at(-1)!, /^after\n$/m);
});

test('where it cannot be opened anew it stays with the old one', async () => {
  await using folder = await makeFolder();
  await using inner = await makeFolder();
  const path = inner.file('access.log');
  const log = new LogFile(path, assert.fail);
  const moved = folder.file('moved');
  await rename(inner.path, moved);
  assert.throws(() => log.reopen(), { code: 'ENOENT' });
  log.write('still there\n');
  await log.close();
  await rename(moved, inner.path);
  assert.equal(await readFile(path, 'utf8'), 'still there\n');
});

test('a named pipe waits for nobody: what it cannot hold is lost, and a late reader gets whole lines', async () => {
  await using folder = await makeFolder();
  const path = folder.file('pipe');
  execFileSync('mkfifo', [path]);
  const log = new LogFile(path, () => {});
  const line = `${'x'.repeat(1023)}\n`;
  for (let n = 0; n < 2000; n++) log.write(line);
  assert.ok(log.dropped > 0);
  const reader = await open(path, 'r');
  const { buffer, bytesRead } = await reader.read(Buffer.alloc(4096), 0, 4096);
  assert.equal(buffer.toString('latin1', 0, bytesRead), line.repeat(4));
  assert.equal(log.reopen(), true);
  await eventually(() => log.queued < 1 << 20);
  await log.close();
  await reader.close();
});
