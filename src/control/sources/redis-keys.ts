import { parsePattern } from '../../route/pattern.ts';
import { noRoute, partOf, type Reading } from './routes/reading.ts';
import type { KeyRead } from './redis/read-keys.ts';
import { ROUTE_PARTS, type RoutePart } from './routes/route-record.ts';

const HOSTNAMES = 'hostnames:';
const PARTS: ReadonlySet<string> = new Set(ROUTE_PARTS);

/** A key of ours: `host` is the `<pattern>` in it, which may be no pattern at all. */
export interface RouteKey {
  readonly host: string;
  readonly part: RoutePart;
}

/** The names of our keys in one Redis: `<prefix>hostnames:<pattern>:<part>`. */
export interface RedisKeys {
  /** What every key of ours starts with, and what Redis is asked to announce changes of. */
  readonly watched: string;
  /** A glob that matches every key of ours, and keys of parts that are not read here. */
  readonly glob: string;
  /** Set to `yes` by an operator who means what looks like the loss of many routes. */
  readonly acceptLoss: string;
  /** There while a backend has been called for this second. */
  waking(name: string): string;
  /** The channel on which the names are published that wait for a backend. */
  readonly wakeChannel: string;
  nameOf(key: RouteKey): string;
  /** `null` for every other key. */
  parse(name: string): RouteKey | null;
}

export function redisKeys(prefix: string): RedisKeys {
  const watched = prefix + HOSTNAMES;
  return {
    watched,
    glob: `${watched.replace(/[*?[\]\\^]/g, String.raw`\$&`)}*`,
    acceptLoss: `${watched}accept-loss`,
    waking: (name) => `${watched}${name}:waking`,
    wakeChannel: `${prefix}sluice:wake`,
    nameOf: ({ host, part }) => `${watched}${host}:${part}`,
    parse(name) {
      const end = name.lastIndexOf(':');
      const part = name.slice(end + 1);
      if (end < watched.length || !name.startsWith(watched) || !isPart(part)) return null;
      return { host: ownText(name.slice(watched.length, end)), part };
    },
  };
}

/** A part of a route as it was read. Redis keeps no order in a set: sorted, every edge has the same. */
export function readingOfKey({ host, part }: RouteKey, { values, problem }: KeyRead): Reading {
  const problems = problem === null ? [] : [problem];
  // Its name cannot be spelled to Redis, which answers that there is nothing.
  if (host.includes('\uFFFD')) return noRoute(host, part, 'has bytes that are no text');
  // Gone, and with it whatever was wrong with it.
  if (values.length === 0) return noRoute(host, part, ...problems);
  const parsed = parsePattern(host);
  if ('reason' in parsed) return noRoute(host, part, parsed.reason);
  const raw = part === 'options' ? { options: pairs(values) } : { [part]: sorted(values) };
  return partOf(host, part, raw, problems);
}

function sorted(values: readonly string[]): readonly string[] {
  return values.length === 1 ? values : values.toSorted();
}

function isPart(text: string): text is RoutePart {
  return PARTS.has(text);
}

// A slice keeps the whole text alive that it was cut from; of a million keys that is more than the slices.
function ownText(slice: string): string {
  return Buffer.from(slice).toString();
}

function pairs(flat: readonly string[]): readonly (readonly [string, string])[] {
  const found = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) found.set(flat[i]!, flat[i + 1]!);
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}
