import { setTimeout as pause } from 'node:timers/promises';
import { formatEndpoint } from '../../address.ts';
import type { Overview } from '../../control/report/overview/overview.ts';
import { CommandFailed } from '../command.ts';
import { EventReader } from '../tail/event-stream.ts';
import { EdgeGone, openStream } from '../tail/open-stream.ts';
import type { Edge } from '../tools/ask-edge.ts';

/** Somebody sits before it: an edge that is back is seen within this. */
const RETRY_MS = 1000;

export interface EdgeWatcher {
  /** Each second, while the edge is there. */
  overview(overview: Overview): void;
  /** The edge cannot be asked, and why, in words. It goes on being tried. */
  gone(why: string): void;
}

/** Watch an edge until the signal. Rejects with `CommandFailed` where it was never there. */
export async function watchEdge(
  edge: Edge,
  watcher: EdgeWatcher,
  signal: AbortSignal,
): Promise<void> {
  let wasThere = false;
  const overview = (told: Overview) => {
    wasThere = true;
    watcher.overview(told);
  };
  while (!signal.aborted) {
    const why = await watchOnce(edge, overview, signal).catch((error: unknown) => {
      // An edge that was there may come back with another token, or be replaced by an older one.
      if (error instanceof EdgeGone || (wasThere && error instanceof CommandFailed)) return error;
      throw error;
    });
    if (signal.aborted) return;
    if (!wasThere) throw notThere(edge, why.message);
    watcher.gone(why.message);
    await pause(RETRY_MS, undefined, { signal }).catch(() => {});
  }
}

/** Resolves with why it is over. */
async function watchOnce(
  edge: Edge,
  overview: (told: Overview) => void,
  signal: AbortSignal,
): Promise<Error> {
  const reader = new EventReader();
  for await (const chunk of await openStream(edge, '/api/v1/events', signal)) {
    const events = reader.read(chunk);
    if (events === null) return new EdgeGone('what it sends is too long');
    for (const { name, data } of events) if (name === 'overview') overview(parse(data));
  }
  return new EdgeGone('it closed the connection');
}

function parse(data: string): Overview {
  let told: Partial<Overview> | null = null;
  try {
    told = JSON.parse(data) as Partial<Overview> | null;
  } catch {
    // Whatever answers there, it is no edge.
  }
  if (told?.version === 1) return told as Overview;
  throw new CommandFailed('what answers there is no edge of this version');
}

function notThere({ address }: Edge, why: string): CommandFailed {
  return new CommandFailed(`no edge answers at ${formatEndpoint(address)}: ${why}; see --admin`);
}
