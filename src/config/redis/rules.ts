import type { Complaint } from '../config-error.ts';
import type { Config } from '../options.ts';
import type { PathOf } from '../rules.ts';
import { FileUnusable, readSecretFile, readTlsFiles } from './files.ts';
import { REDIS_KEYS, type RedisOptionKey } from '../groups/redis.ts';

type Values = Partial<Config>;

const SOURCES = ['redis', 'redisSentinel', 'redisCluster'] as const;
const TLS_FILES = ['redisCa', 'redisCert', 'redisKey', 'redisServerName'] as const;

/** What the options about Redis mean for each other. */
export function redisComplaints(values: Values, pathOf: PathOf): Complaint[] {
  const file = pathOf('routes');
  if (file !== undefined) return refuseGiven(REDIS_KEYS, `cannot be combined with ${file}`, pathOf);
  return [
    ...sourceComplaints(values, pathOf),
    ...pairComplaints(pathOf),
    ...tlsComplaints(values, pathOf),
    ...urlComplaints(values, pathOf),
  ];
}

/** What is wrong with the files that are named: now, though they are read again for each connection. */
export async function redisFileComplaints(values: Values, pathOf: PathOf): Promise<Complaint[]> {
  if (pathOf('routes') !== undefined) return [];
  const { redisCa: ca = null, redisCert: cert = null, redisKey: key = null } = values;
  const reads: [RedisOptionKey, () => Promise<unknown>][] = [
    ['redisCa', () => readTlsFiles({ ca, cert: null, key: null, serverName: null })],
    ['redisCert', () => readTlsFiles({ ca: null, cert, key: null, serverName: null })],
    ['redisKey', () => readTlsFiles({ ca: null, cert, key, serverName: null })],
  ];
  for (const option of ['redisPasswordFile', 'redisSentinelPasswordFile'] as const) {
    const path = values[option] ?? null;
    if (path !== null) reads.push([option, () => readSecretFile(path)]);
  }
  const found = await Promise.all(reads.map(([option, read]) => tryRead(option, read, pathOf)));
  const seen = new Set<string>();
  // What is wrong with the certificate is found again with its key.
  return found.flat().filter(({ reason }) => seen.size < seen.add(reason).size);
}

async function tryRead(
  option: RedisOptionKey,
  read: () => Promise<unknown>,
  pathOf: PathOf,
): Promise<Complaint[]> {
  try {
    await read();
    return [];
  } catch (error) {
    if (!(error instanceof FileUnusable)) throw error;
    return [{ path: pathOf(option) ?? option, reason: error.message }];
  }
}

function sourceComplaints(values: Values, pathOf: PathOf): Complaint[] {
  const [first, ...others] = SOURCES.filter((key) => pathOf(key) !== undefined);
  const empty = (['redisSentinel', 'redisCluster'] as const)
    .filter((key) => pathOf(key) !== undefined && values[key]?.length === 0)
    .map((key) => ({ path: pathOf(key)!, reason: 'names no address' }));
  if (first === undefined) return empty;
  return [...empty, ...refuseGiven(others, `cannot be combined with ${pathOf(first)}`, pathOf)];
}

function pairComplaints(pathOf: PathOf): Complaint[] {
  const needs = [
    ['redisCert', 'redisKey', '--redis-key'],
    ['redisKey', 'redisCert', '--redis-cert'],
    ['redisMaster', 'redisSentinel', '--redis-sentinel'],
    ['redisSentinelPasswordFile', 'redisSentinel', '--redis-sentinel'],
    ['redisUser', 'redisPasswordFile', '--redis-password-file'],
  ] as const;
  return needs.flatMap(([key, other, flag]) =>
    pathOf(other) === undefined ? refuseGiven([key], `is of no use without ${flag}`, pathOf) : [],
  );
}

function tlsComplaints({ redis, redisTls }: Values, pathOf: PathOf): Complaint[] {
  if (pathOf('redisSentinel') !== undefined || pathOf('redisCluster') !== undefined) {
    if (redisTls !== 'off') return [];
    return refuseGiven(TLS_FILES, 'is of no use without --redis-tls', pathOf);
  }
  const refused = refuseGiven(['redisTls'], 'is for --redis-sentinel and --redis-cluster', pathOf);
  if (redis === undefined || redis?.url.startsWith('rediss:')) return refused;
  return [...refused, ...refuseGiven(TLS_FILES, 'is of no use without rediss://', pathOf)];
}

function urlComplaints({ redis, redisDatabase }: Values, pathOf: PathOf): Complaint[] {
  if (pathOf('redisCluster') !== undefined && redisDatabase !== 0) {
    return refuseGiven(['redisDatabase'], 'cannot be: a cluster has database 0 only', pathOf);
  }
  if (!redis || redis.url.startsWith('/')) return [];
  const { username, password, pathname } = new URL(redis.url);
  const who = username + password === '' ? [] : (['redisUser', 'redisPasswordFile'] as const);
  const which = pathname.length > 1 ? (['redisDatabase'] as const) : [];
  const at = pathOf('redis') ?? '--redis';
  return refuseGiven(
    [...who, ...which],
    `cannot be combined with a URL that says it: ${at}`,
    pathOf,
  );
}

function refuseGiven(keys: readonly RedisOptionKey[], reason: string, pathOf: PathOf): Complaint[] {
  return keys.flatMap((key) => {
    const path = pathOf(key);
    return path === undefined ? [] : [{ path, reason }];
  });
}
