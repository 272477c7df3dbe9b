import assert from 'node:assert/strict';
import { once } from 'node:events';
import { EventEmitter } from 'node:events';
import { test, type TestContext } from 'node:test';
import { ListenFailed, Supervisor } from '../../../../src/control/workers/supervisor.ts';
import type { WorkerStart } from '../../../../src/worker/messages.ts';

const ENTRY = new URL('./mortal-worker.js', import.meta.url);

function start(listener: string): WorkerStart {
  const listeners = [{ name: listener, protocol: 'tls', at: { fd: 0 } }];
  return { listeners } as unknown as WorkerStart;
}

function supervise(t: TestContext, starts: readonly WorkerStart[]) {
  const events = new EventEmitter();
  const supervisor = new Supervisor(ENTRY, starts, {
    message: () => {},
    stopped: () => events.emit('stopped'),
    died: (worker, reason, restartMs) => events.emit('died', { worker, reason, restartMs }),
  });
  t.after(() => supervisor.close());
  return { supervisor, died: () => once(events, 'died') };
}

test('the listeners are open when every worker says so', async (t) => {
  const { supervisor } = supervise(t, [start('tls://one'), start('tls://one')]);
  assert.deepEqual(await supervisor.start(), [{ ip: '127.0.0.1', port: 40_000 }]);
  assert.equal(supervisor.running, 2);
});

test('a listener that cannot be opened is named with its errno', async (t) => {
  const { supervisor } = supervise(t, [start('tls://taken')]);
  await assert.rejects(supervisor.start(), (error) => {
    assert.ok(error instanceof ListenFailed);
    assert.deepEqual([error.listener, error.code], ['tls://taken', 'EADDRINUSE']);
    return true;
  });
});

test('a worker that dies is replaced, after a longer wait each time it dies young', async (t) => {
  const { supervisor, died } = supervise(t, [start('tls://one')]);
  await supervisor.start();
  const waits: number[] = [];
  while (waits.length < 3) {
    const [death] = (await Promise.all([died(), crash(supervisor)]))[0] as [
      { restartMs: number; reason: string },
    ];
    assert.match(death.reason, /a bug in the worker/);
    waits.push(death.restartMs);
  }
  assert.deepEqual(waits, [100, 200, 400]);
});

test('draining ends when every worker has drained, and starts none anew', async (t) => {
  const { supervisor } = supervise(t, [start('tls://one'), start('tls://one')]);
  await supervisor.start();
  await supervisor.drain();
  await supervisor.close();
  assert.equal(supervisor.running, 0);
});

async function crash(supervisor: Supervisor): Promise<void> {
  while (supervisor.running === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  supervisor.end('shutdown');
}
