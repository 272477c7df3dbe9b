import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { writeSync } from 'node:fs';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import { epollUnavailable } from '../../../../../src/engine/epoll/system/available.ts';
import { loadLibc } from '../../../../../src/engine/epoll/system/libc.ts';
import { EPOLLET, EPOLLIN, O_NONBLOCK } from '../../../../../src/engine/epoll/system/linux.ts';
import { Loop } from '../../../../../src/engine/epoll/loop/loop.ts';
import { Memory } from '../../../../../src/engine/epoll/system/memory.ts';
import type { Source } from '../../../../../src/engine/epoll/loop/source.ts';

const skip = epollUnavailable() ?? false;
const BYTE = Buffer.from('!');

test('an event of a closed descriptor does not reach its successor', { skip }, async (t) => {
  const loop = startLoop(t);
  const [first, second] = [openPipe(loop), openPipe(loop)];
  let successor: PipeSource | undefined;
  // Whichever of the two is told first replaces the other, under the same descriptor number.
  const replace = (other: PipeSource) => {
    if (successor !== undefined) return;
    other.close();
    successor = openPipe(loop);
    assert.equal(successor.fd, other.number);
  };
  first.onReady = () => replace(second);
  second.onReady = () => replace(first);
  first.fill();
  second.fill();
  await Promise.race([first.readied, second.readied]);
  assert.equal(first.told + second.told, 1);
  assert.equal(successor!.told, 0);
  successor!.fill();
  await successor!.readied;
  assert.equal(successor!.told, 1);
});

test(
  'timers, messages and files of the thread go on while the loop sleeps',
  { skip },
  async (t) => {
    const loop = startLoop(t);
    openPipe(loop);
    const { port1, port2 } = new MessageChannel();
    t.after(() => port1.close());
    const message = once(port1, 'message');
    await wait(20);
    port2.postMessage('hello');
    assert.equal((await message)[0], 'hello');
    assert.ok((await readFile(import.meta.filename)).length > 0);
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => process.nextTick(resolve));
  },
);

test(
  'work that is left over is gone on with, and others are told in between',
  { skip },
  async (t) => {
    const loop = startLoop(t);
    const pipe = openPipe(loop);
    let rounds = 0;
    const work = {
      resume() {
        rounds += 1;
        if (rounds === 3) pipe.fill();
        if (pipe.told === 0) loop.again(work);
      },
    };
    loop.again(work);
    await pipe.readied;
    assert.ok(rounds >= 3);
  },
);

test('destroying the loop closes whatever is open', { skip }, (t) => {
  const loop = startLoop(t);
  const pipe = openPipe(loop);
  loop.destroy();
  assert.equal(pipe.fd, -1);
  assert.throws(() => writeSync(pipe.input, BYTE), { code: 'EBADF' });
});

/** The reading end of a pipe. */
class PipeSource implements Source {
  readonly loop: Loop;
  readonly number: number;
  readonly input: number;
  fd: number;
  readonly readied: Promise<void>;
  generation = 0;
  watched = 0;
  told = 0;
  onReady = () => {};
  #readied = () => {};

  constructor(loop: Loop, fd: number, input: number) {
    this.loop = loop;
    this.fd = fd;
    this.number = fd;
    this.input = input;
    this.readied = new Promise((resolve) => (this.#readied = resolve));
    loop.adopt(this);
    assert.ok(loop.watch(this, EPOLLIN | EPOLLET));
  }

  fill(): void {
    writeSync(this.input, BYTE);
  }

  ready(): void {
    this.told += 1;
    this.loop.handOver = true;
    this.onReady();
    this.#readied();
  }

  close(): void {
    this.loop.release(this);
    this.loop.descriptors.close(this.fd);
    this.fd = -1;
  }
}

function startLoop(t: TestContext): Loop {
  const loop = new Loop(loadLibc(), new SharedArrayBuffer(65_536));
  t.after(() => loop.destroy());
  return loop;
}

function openPipe(loop: Loop): PipeSource {
  const pair = new Memory(loop.libc, 8);
  assert.equal(loop.libc.pipe2(pair.address, O_NONBLOCK), 0);
  const [output, input] = pair.words as unknown as [number, number];
  return new PipeSource(loop, loop.descriptors.opened(output), loop.descriptors.opened(input));
}
