import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs';
import { test } from 'node:test';
import { LineOutput } from '../../../../src/control/log/line-output.ts';
import { makeFolder } from '../../../support/folder.ts';
import { eventually } from '../../../support/wait.ts';

const NEVER = () => assert.fail('nothing is lost');
const LINE = `${'x'.repeat(1023)}\n`;

test('a line is in the file when it has been written', async () => {
  await using folder = await makeFolder();
  const path = folder.file('log');
  const fd = openSync(path, 'a');
  const output = new LineOutput(fd, NEVER);
  output.write('one\n');
  output.write('two\n');
  assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\n');
  closeSync(fd);
});

test('what a pipe has no room for waits in its order, is bounded, and what is lost is told once it flows', async () => {
  await using pipe = await makePipe();
  const told: number[] = [];
  const output = new LineOutput(pipe.fd, (lost) => {
    told.push(lost);
    output.write(`${lost} lost\n`);
  });
  const total = 1000;
  for (let n = 0; n < total; n++) output.write(`${n} ${LINE}`);
  assert.ok(output.dropped > 0);
  assert.deepEqual(told, []);
  let seen = '';
  await eventually(() => {
    seen += pipe.read();
    return told.length > 0;
  });
  output.write('after\n');
  seen += pipe.read();
  const kept = total - output.dropped;
  const wanted = Array.from({ length: kept }, (_, n) => `${n} ${LINE}`).join('');
  assert.equal(seen, `${wanted}${output.dropped} lost\nafter\n`);
  assert.deepEqual(told, [output.dropped]);
  const waited = kept * LINE.length;
  assert.ok(waited < (1 << 16) + (1 << 19), `${waited} bytes were kept`);
});

test('a line longer than the pipe has room for is cut nowhere', async () => {
  await using pipe = await makePipe();
  const output = new LineOutput(pipe.fd, NEVER);
  const long = `${'y'.repeat(100_000)}\n`;
  output.write(long);
  output.write(long);
  let seen = '';
  await eventually(() => (seen += pipe.read()).length >= 2 * long.length);
  assert.equal(seen, long + long);
});

test('a flush writes what there is room for, and does not wait for a reader for ever', async () => {
  await using pipe = await makePipe();
  const output = new LineOutput(pipe.fd, NEVER);
  for (let n = 0; n < 100; n++) output.write(LINE);
  output.flush();
  const first = pipe.read();
  output.flush();
  assert.equal(first + pipe.read(), LINE.repeat(100));
});

test('a line that was cut when its reader left is not mingled with the next one', async () => {
  await using folder = await makeFolder();
  const path = folder.file('pipe');
  execFileSync('mkfifo', [path]);
  const open = (flags: number) => openSync(path, flags | constants.O_NONBLOCK);
  const first = open(constants.O_RDONLY);
  const writing = open(constants.O_WRONLY);
  const told: number[] = [];
  const output = new LineOutput(writing, (lost) => told.push(lost));
  output.write(`${'y'.repeat(100_000)}\n`);
  closeSync(first);
  await eventually(() => output.dropped === 1);
  const second = open(constants.O_RDONLY);
  output.write('after\n');
  let text = '';
  await eventually(() => (text += readAll(second)).endsWith('after\n'));
  assert.match(text, /^y*\nafter\n$/);
  assert.deepEqual(told, [1]);
  for (const fd of [second, writing]) closeSync(fd);
});

test('a full disk loses lines, counted, and throws nothing', () => {
  const fd = openSync('/dev/full', 'a');
  const output = new LineOutput(fd, NEVER);
  output.write('one\n');
  output.write('two\n');
  assert.equal(output.dropped, 2);
  closeSync(fd);
});

/** A named pipe, both ends of it in one descriptor that does not block. */
async function makePipe() {
  const folder = await makeFolder();
  const path = folder.file('pipe');
  execFileSync('mkfifo', [path]);
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  return {
    fd,
    read: () => readAll(fd),
    [Symbol.asyncDispose]: async () => {
      closeSync(fd);
      await folder[Symbol.asyncDispose]();
    },
  };
}

function readAll(fd: number): string {
  const buffer = Buffer.alloc(1 << 20);
  let end = 0;
  try {
    for (;;) end += readSync(fd, buffer, end, buffer.length - end, null);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
  }
  return buffer.toString('utf8', 0, end);
}
