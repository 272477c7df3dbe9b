import assert from 'node:assert/strict';
import { once } from 'node:events';
import { extname } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';
import { epollUnavailable } from '../../../../src/engine/epoll/system/available.ts';
import { closeOrphans } from '../../../../src/engine/epoll/system/descriptors.ts';
import {
  openSharedListening,
  type SharedListening,
} from '../../../../src/engine/epoll/listen/shared-listening.ts';
import type { EpollThreadData } from '../../../support/epoll-thread.ts';
import { echoListener } from '../../../support/echo-listener.ts';
import { connectExact, type ExactSocket } from '../../../support/exact-socket.ts';

const skip = epollUnavailable() ?? false;
const THREAD = new URL(
  `../../../support/epoll-thread${extname(import.meta.filename)}`,
  import.meta.url,
);
const LEDGER_BYTES = 65_536;

test('the death of a worker costs its own sessions, and nobody who waits', { skip }, async (t) => {
  const to = await echoListener(t);
  const { fd, address } = listenShared(t);

  const first = await startThread(t, { fd, to });
  const a = await connectExact(t, address);
  await speaks(a, 'a');
  first.worker.postMessage('stop listening');
  await once(first.worker, 'message');

  const second = await startThread(t, { fd, to });
  const b = await connectExact(t, address);
  await speaks(b, 'b');

  await first.worker.terminate();
  assert.ok(closeOrphans(first.ledger) > 0);
  assert.equal(await a.end(), 'ended');
  await speaks(b, 'still b');

  await second.worker.terminate();
  const c = await connectExact(t, address);
  await c.send('c');
  closeOrphans(second.ledger);
  assert.equal(await b.end(), 'ended');
  await startThread(t, { fd, to });
  assert.equal((await c.read(1)).toString(), 'c');
});

test('a worker whose engine has nothing open ends by itself', { skip }, async (t) => {
  const to = await echoListener(t);
  const { fd } = listenShared(t);
  const { worker } = await startThread(t, { fd, to });
  const exit = once(worker, 'exit');
  worker.postMessage('stop listening');
  assert.deepEqual(await exit, [0]);
});

function listenShared(t: TestContext): SharedListening {
  const at = { ip: '127.0.0.1', port: 0, backlog: 16, ipv6Only: false };
  const shared = openSharedListening(at);
  t.after(() => shared.close());
  return shared;
}

async function startThread(t: TestContext, data: Omit<EpollThreadData, 'ledger'>) {
  const ledger = new SharedArrayBuffer(LEDGER_BYTES);
  const worker = new Worker(THREAD, { workerData: { ...data, ledger } });
  t.after(async () => {
    await worker.terminate();
    closeOrphans(ledger);
  });
  await once(worker, 'message');
  return { worker, ledger };
}

async function speaks(client: ExactSocket, text: string): Promise<void> {
  const before = client.received;
  await client.send(text);
  assert.equal((await client.read(before + text.length)).subarray(before).toString(), text);
}
