import type { Session } from '../../session/session.ts';

/** The live session with an id, or `null`. Ids of other workers and edges cost no walk. */
export function findLive(
  sessions: Iterable<Session>,
  idPrefix: string,
  id: string,
): Session | null {
  if (!id.startsWith(idPrefix)) return null;
  const number = Number.parseInt(id.slice(idPrefix.length), 36);
  for (const session of sessions) {
    if (session.number === number) return session.id === id ? session : null;
  }
  return null;
}
