import type { Redis } from 'ioredis';
import { readKeys, scanKeys, type KeyRead } from '../sources/redis/read-keys.ts';
import { readingOfKey, type RedisKeys, type RouteKey } from '../sources/redis-keys.ts';
import type { RoutePart, RouteRecord } from '../sources/routes/route-record.ts';
import { RouteSet } from '../sources/routes/route-set.ts';
import type { ListedRoute } from './listing.ts';

type NamedKey = RouteKey & { readonly name: string };

const ROUTE_PARTS: readonly RoutePart[] = ['backends', 'draining', 'acme', 'options'];

/** The records of some patterns as they stand in Redis. What is no route is not in the answer. */
export async function readRecords(
  data: Redis,
  keys: RedisKeys,
  patterns: readonly string[],
): Promise<ReadonlyMap<string, RouteRecord>> {
  const all = patterns.flatMap((host) =>
    ROUTE_PARTS.map((part) => ({ host, part, name: keys.nameOf({ host, part }) })),
  );
  const set = new RouteSet();
  for await (const batch of readKeys(data, all, false)) {
    for (const [key, read] of batch) set.add(readingOfKey(key, read));
  }
  return set.routes;
}

/** A key of ours that a scan came by, and what Redis has there. */
export interface FoundKey extends RouteKey {
  readonly name: string;
  readonly read: KeyRead;
}

/** The keys on one page of a scan, and the routes that they are parts of. */
export interface ScannedPage {
  readonly found: readonly FoundKey[];
  readonly records: ReadonlyMap<string, RouteRecord>;
}

/** Read these keys, and whatever other parts their routes have. Of a route with one key, one key is read. */
export async function readPage(
  data: Redis,
  keys: RedisKeys,
  names: readonly string[],
): Promise<ScannedPage> {
  const named = names.flatMap((name) => withName(name, keys));
  const set = new RouteSet();
  const found: FoundKey[] = [];
  for await (const batch of readKeys(data, named, false)) {
    for (const [key, read] of batch) {
      found.push({ ...key, read });
      set.add(readingOfKey(key, read));
    }
  }
  const others = await otherParts(data, keys, named);
  for await (const batch of readKeys(data, others, false)) {
    for (const [key, read] of batch) set.add(readingOfKey(key, read));
  }
  return { found, records: set.routes };
}

/** Every route in Redis, a page at a time and in no order. Nothing is kept of a page: there may be millions. */
export async function* walkRoutes(
  data: Redis,
  keys: RedisKeys,
): AsyncGenerator<readonly ListedRoute[], void> {
  for await (const names of scanKeys(data, keys.glob)) {
    const { found, records } = await readPage(data, keys, names);
    yield found.flatMap((key) => listedAt(key, records));
  }
}

function withName(name: string, keys: RedisKeys): NamedKey[] {
  const key = keys.parse(name);
  return key === null ? [] : [{ ...key, name }];
}

async function otherParts(
  data: Redis,
  keys: RedisKeys,
  named: readonly NamedKey[],
): Promise<readonly NamedKey[]> {
  const seen = new Set(named.map(({ name }) => name));
  const hosts = [...new Set(named.map(({ host }) => host))];
  const parts = hosts.map((host) =>
    ROUTE_PARTS.map((part) => ({ host, part, name: keys.nameOf({ host, part }) })).filter(
      ({ name }) => !seen.has(name),
    ),
  );
  const asked = parts.filter((each) => each.length > 0);
  const pipeline = data.pipeline();
  for (const each of asked) pipeline.exists(...each.map(({ name }) => name));
  const replies = (await pipeline.exec()) ?? [];
  const failed = replies.find(([error]) => error !== null);
  if (failed !== undefined) throw failed[0]!;
  return asked.filter((_, i) => Number(replies[i]![1]) > 0).flat();
}

// The keys of one route come on different pages: it is listed at the first of those it has.
function listedAt(
  { host, part }: RouteKey,
  records: ReadonlyMap<string, RouteRecord>,
): ListedRoute[] {
  const record = records.get(host);
  if (record === undefined || part !== firstPart(record)) return [];
  return [{ pattern: host, ...record }];
}

function firstPart(record: RouteRecord): RoutePart | undefined {
  return ROUTE_PARTS.find((part) =>
    part === 'options' ? Object.keys(record.options).length > 0 : record[part].length > 0,
  );
}
