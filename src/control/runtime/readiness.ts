import { inAscii } from '../../account/printable.ts';
import type { SourceStatus } from '../sources/source.ts';

export interface ReadinessParts {
  readonly draining: boolean;
  /** Routes have been read at least once. */
  readonly hasRoutes: boolean;
  readonly source: SourceStatus;
  /** Workers as configured, and those alive. */
  readonly workers: number;
  readonly running: number;
}

/** What keeps the edge from being ready, in words. Empty when it is. */
export function readinessProblems(parts: ReadinessParts): readonly string[] {
  const { draining, hasRoutes, source, workers, running } = parts;
  const problems: string[] = [];
  if (draining) problems.push('draining: no new connection is accepted');
  if (!hasRoutes)
    problems.push(`no routes read yet: ${source.problem ?? `reading ${source.from}`}`);
  if (running < workers) problems.push(`${workers - running} of ${workers} workers are down`);
  return problems.map(inAscii);
}
