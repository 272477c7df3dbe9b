import type { Engine, EngineName } from './engine.ts';
import { createEpollEngine, type EpollOptions } from './epoll/epoll-engine.ts';
import { createNetEngine } from './net/engine.ts';
import { measureTurns } from './net/turns.ts';
import type { TurnWaits } from './turn-waits.ts';

/** What an engine is told by its worker. */
type EngineStart = Omit<Required<EpollOptions>, 'waits'>;

/**
 * The engine of this thread; `waits` is told of every turn. The net engine has no pipes, and node closes
 * its descriptors itself.
 */
export function createEngine(
  name: EngineName,
  { ledger, sourceAddresses, pipes }: EngineStart,
  waits: TurnWaits,
): Engine {
  if (name === 'epoll') return createEpollEngine({ ledger, sourceAddresses, pipes, waits });
  measureTurns(waits);
  return createNetEngine(sourceAddresses);
}
