import { parsePattern } from '../../../route/pattern.ts';
import { noRoute, readingOf, type Reading } from '../snapshot.ts';

/** Take routes from what a file says, `HOST: { backends: [TEXT…] }`. `null` when it is no mapping at all. */
export function parseRoutes(document: unknown): Reading[] | null {
  if (!isMapping(document)) return null;
  return Object.entries(document).map(([key, route]) => parseRoute(key, route));
}

function parseRoute(key: string, route: unknown): Reading {
  const parsed = parsePattern(key);
  if ('reason' in parsed) return noRoute(key, parsed.reason);
  if (!isMapping(route)) return noRoute(key, 'is not a mapping with a list of `backends`');
  const { backends, ...others } = route;
  const problems = Object.keys(others).map(
    (name) => `has an unknown option ${JSON.stringify(name)}`,
  );
  if (!Array.isArray(backends)) problems.push('has no list of `backends`');
  const listed: readonly unknown[] = Array.isArray(backends) ? backends : [];
  for (const [i, backend] of listed.entries()) {
    if (typeof backend !== 'string')
      problems.push(`has something else than text in backends[${i}]`);
  }
  return readingOf(
    key,
    listed.filter((backend) => typeof backend === 'string'),
    problems,
  );
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
