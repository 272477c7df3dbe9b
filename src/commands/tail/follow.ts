import { setTimeout as pause } from 'node:timers/promises';
import { formatEndpoint } from '../../address.ts';
import { CommandFailed } from '../command.ts';
import type { Edge } from '../tools/ask-edge.ts';
import { EventReader, type StreamEvent } from './event-stream.ts';
import { EdgeGone, openStream } from './open-stream.ts';

const RETRY_FIRST_MS = 250;
const RETRY_MAX_MS = 5000;

type State = 'new' | 'there' | 'gone';

export interface Follower {
  /** What becomes of it is waited for: an edge is read no faster than that. */
  event(event: StreamEvent): Promise<void>;
  /** What an operator is to know of the connection, a line. */
  say(line: string): void;
}

/**
 * Follow a stream of the edge's until the signal. Where the edge goes away it is asked again and again;
 * rejects with `CommandFailed` where it was never there, or will not have it.
 */
export async function follow(
  edge: Edge,
  path: string,
  follower: Follower,
  signal: AbortSignal,
): Promise<void> {
  const where = `the edge at ${formatEndpoint(edge.address)}`;
  const known = { state: 'new' as State, retryMs: RETRY_FIRST_MS };
  const begun = () => {
    follower.say(known.state === 'gone' ? `${where} is back` : `watching ${where}`);
    known.state = 'there';
    known.retryMs = RETRY_FIRST_MS;
  };
  while (!signal.aborted) {
    try {
      await readEvents(await openStream(edge, path, signal), follower, begun);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof EdgeGone)) throw error;
      if (known.state === 'new') throw notThere(edge, error);
      if (known.state === 'there') follower.say(`${where} is gone: ${error.message}; trying again`);
      known.state = 'gone';
    }
    await pause(known.retryMs, undefined, { signal }).catch(() => {});
    known.retryMs = Math.min(RETRY_MAX_MS, known.retryMs * 2);
  }
}

async function readEvents(
  chunks: AsyncIterable<string>,
  follower: Follower,
  begun: () => void,
): Promise<void> {
  const reader = new EventReader();
  for await (const chunk of chunks) {
    const events = reader.read(chunk);
    if (events === null) throw new EdgeGone('what it sends is too long');
    for (const event of events) {
      if (event.name === 'watching') begun();
      else await follower.event(event);
    }
  }
}

function notThere({ address }: Edge, { message, isSaid }: EdgeGone): CommandFailed {
  const where = formatEndpoint(address);
  if (isSaid) return new CommandFailed(`the edge at ${where} says: ${message}`);
  return new CommandFailed(`no edge answers at ${where}: ${message}; see --admin`);
}
