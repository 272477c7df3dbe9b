import type { Engine, EngineName } from './engine.ts';
import { createEpollEngine, type EpollOptions } from './epoll/epoll-engine.ts';
import { createNetEngine } from './net/engine.ts';

/** The engine of this thread. The net engine has no pipes, and node closes its descriptors itself. */
export function createEngine(
  name: EngineName,
  { ledger, sourceAddresses, pipes }: Required<EpollOptions>,
): Engine {
  if (name === 'net') return createNetEngine(sourceAddresses);
  return createEpollEngine({ ledger, sourceAddresses, pipes });
}
