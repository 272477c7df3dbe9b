import { isMainThread } from 'node:worker_threads';

// Preloaded into the real sluice (NODE_OPTIONS=--import): a stage of a session has to meet a bug, and
// there is none that a client could reach. Only the balancer asks for random numbers in a worker.

if (!isMainThread) {
  const random = Math.random;
  let isBroken = true;
  Math.random = () => {
    if (!isBroken) return random();
    isBroken = false;
    throw new TypeError('a bug');
  };
}
