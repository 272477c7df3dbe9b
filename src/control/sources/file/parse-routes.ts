import { parsePattern } from '../../../route/pattern.ts';
import { noRoute, readingOf, type RawRoute, type Reading } from '../routes/reading.ts';

const LISTS = ['backends', 'draining', 'acme'] as const;

type Mapping = Readonly<Record<string, unknown>>;

/**
 * Take routes from what a file says, `HOST: { backends: [TEXT…], draining: […], acme: […], OPTION: VALUE }`,
 * where OPTION is one of `optionNames`. `null` when it is no mapping at all.
 */
export function parseRoutes(document: unknown, optionNames: readonly string[]): Reading[] | null {
  if (!isMapping(document)) return null;
  return Object.entries(document).map(([key, route]) => parseRoute(key, route, optionNames));
}

function parseRoute(key: string, route: unknown, optionNames: readonly string[]): Reading {
  const parsed = parsePattern(key);
  if ('reason' in parsed) return noRoute(key, null, parsed.reason);
  if (!isMapping(route)) return noRoute(key, null, 'is not a mapping with a list of `backends`');
  const problems: string[] = [];
  const raw = {
    options: takeOptions(route, optionNames, problems),
    backends: takeList(route, 'backends', problems),
    draining: takeList(route, 'draining', problems),
    acme: takeList(route, 'acme', problems),
  } satisfies RawRoute;
  if (Object.keys(route).every((name) => !isList(name))) problems.push('has no list of `backends`');
  return readingOf(key, raw, problems);
}

function takeList(route: Mapping, name: string, problems: string[]): string[] {
  const listed = route[name];
  if (listed === undefined) return [];
  if (!Array.isArray(listed)) {
    problems.push(`has no list of \`${name}\``);
    return [];
  }
  return listed.filter((member, i): member is string => {
    if (typeof member === 'string') return true;
    problems.push(`has something else than text in ${name}[${i}]`);
    return false;
  });
}

function takeOptions(
  route: Mapping,
  optionNames: readonly string[],
  problems: string[],
): [name: string, value: string][] {
  const options: [string, string][] = [];
  for (const [name, value] of Object.entries(route)) {
    if (isList(name)) continue;
    const text = optionText(value);
    if (!optionNames.includes(name)) problems.push(`has an unknown option ${JSON.stringify(name)}`);
    else if (text === null) problems.push(`has something else than text in ${name}`);
    else options.push([name, text]);
  }
  return options;
}

/** A list says the same as its entries with spaces between them. */
function optionText(value: unknown): string | null {
  const entries: readonly unknown[] = Array.isArray(value) ? value : [value];
  return entries.every(isScalar) ? entries.join(' ') : null;
}

function isScalar(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

function isList(name: string): boolean {
  return (LISTS as readonly string[]).includes(name);
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
