import type { Protocol } from '../protocol.ts';
import type { ServerName } from '../server-name.ts';
import { DEFAULT_PATTERNS } from './pattern.ts';
import type { RouteMatch } from './table.ts';

/** A pattern that a look-up tries. */
export interface TriedPattern {
  readonly pattern: string;
  readonly match: RouteMatch;
}

/**
 * The patterns that could answer for a name, in the order in which they win: itself, `*.suffix` from
 * the longest to the shortest, the default. At most 128: a name has no more labels.
 */
export function patternsTried(
  name: ServerName | null,
  protocol: Protocol,
): readonly TriedPattern[] {
  const tried: TriedPattern[] = [];
  if (name !== null) tried.push({ pattern: name, match: 'exact' }, ...wildcardsOf(name));
  tried.push({ pattern: DEFAULT_PATTERNS[protocol], match: 'default' });
  return tried;
}

function wildcardsOf(name: ServerName): TriedPattern[] {
  const tried: TriedPattern[] = [];
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
    tried.push({ pattern: `*${name.slice(dot)}`, match: 'wildcard' });
  }
  return tried;
}
