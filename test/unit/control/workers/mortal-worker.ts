import { parentPort, workerData } from 'node:worker_threads';
import type { ToWorker, WorkerStart } from '../../../../src/worker/messages.ts';

// A worker thread with no data plane: it listens nowhere, and dies when it is told to end its sessions.
const { listeners } = workerData as WorkerStart;
const port = parentPort!;

if (listeners.some(({ name }) => name === 'tls://taken')) {
  port.postMessage({ type: 'listen-failed', listener: 'tls://taken', code: 'EADDRINUSE' });
} else {
  const addresses = listeners.map(() => ({ ip: '127.0.0.1', port: 40_000 }));
  port.postMessage({ type: 'listening', addresses });
}

port.on('message', (message: ToWorker) => {
  if (message.type === 'drain') {
    port.postMessage({ type: 'stopped' });
    port.postMessage({ type: 'drained' });
  }
  if (message.type === 'end') throw new Error('a bug in the worker');
});
