import type { Pool } from '../balance/pool.ts';
import type { Protocol } from '../protocol.ts';
import type { ServerName } from '../server-name.ts';

/** A route as the line sees it: which pattern matched, and a pool to choose from. */
export interface Route {
  /** As in Redis: `app.example.com`, `*.example.com`, `httpsDefault`. */
  readonly pattern: string;
  readonly match: 'exact' | 'wildcard' | 'default';
  readonly pool: Pool;
}

/** `null`: there is no such route. `unavailable`: nobody can say yet. */
export type FoundRoute = Route | null | 'unavailable';

/** Look a name up; `null` asks for the protocol's default. At once when it is known here. */
export type FindRoute = (
  name: ServerName | null,
  protocol: Protocol,
) => FoundRoute | Promise<FoundRoute>;
