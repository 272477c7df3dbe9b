import { epollUnavailable } from './epoll/system/available.ts';
import type { EngineName } from './engine.ts';

/** What `--engine` asks for. `auto` takes epoll where it can run. */
export type EngineChoice = 'auto' | EngineName;

/** The engine that will move the bytes, and why it is this one, in words. */
export interface EngineSelection {
  readonly name: EngineName;
  readonly reason: string;
}

/** The engine asked for cannot run here. The message says why. */
export class EngineUnavailable extends Error {
  override readonly name = 'EngineUnavailable';
}

/** Decide on an engine. Throws `EngineUnavailable` where epoll was asked for by name and cannot run. */
export function selectEngine(choice: EngineChoice): EngineSelection {
  if (choice === 'net') return { name: 'net', reason: 'asked for' };
  const lacking = epollUnavailable();
  if (lacking === null)
    return { name: 'epoll', reason: choice === 'auto' ? 'it runs here' : 'asked for' };
  if (choice === 'epoll') throw new EngineUnavailable(lacking);
  return { name: 'net', reason: lacking };
}
