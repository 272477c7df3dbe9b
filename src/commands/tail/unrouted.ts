import type { Explanation } from '../../control/report/explain/explanation.ts';
import { parseServerName } from '../../server-name.ts';
import { CommandFailed } from '../command.ts';
import { askEdge, type Edge } from '../tools/ask-edge.ts';

/** Whether an edge knows that no route matches the name, so that there may be nothing to see. */
export async function isUnrouted(edge: Edge, host: string): Promise<boolean> {
  // A pattern stands for many names.
  if (parseServerName(host) === null) return false;
  try {
    const [tls, http] = await Promise.all(
      ['tls', 'http'].map((protocol) => {
        const query = new URLSearchParams({ host, protocol });
        return askEdge<Explanation>(edge, 'explain', query);
      }),
    );
    return tls?.route === null && http?.route === null;
  } catch (error) {
    if (error instanceof CommandFailed) return false;
    throw error;
  }
}
