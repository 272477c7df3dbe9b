import type { Engine, EngineName } from './engine.ts';
import { createEpollEngine } from './epoll/epoll-engine.ts';
import { createNetEngine } from './net/engine.ts';

/**
 * The engine of this thread. `ledger` is where the epoll engine records its descriptors, for
 * `closeOrphans` should the thread die: node closes those of the net engine itself.
 */
export function createEngine(
  name: EngineName,
  ledger: SharedArrayBuffer,
  sourceAddresses: readonly string[],
): Engine {
  if (name === 'net') return createNetEngine(sourceAddresses);
  return createEpollEngine({ ledger, sourceAddresses });
}
