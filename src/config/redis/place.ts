import { formatHostPort } from '../../address.ts';
import type { Config } from '../options.ts';
import type { RedisNodeAddress } from './node.ts';
import type { TlsFiles } from './files.ts';

/** Who we are for a Redis, and how it proves to be the one meant. Files are read for every connection. */
export interface RedisAccess {
  /** `null`: whom the URL names, if anyone. */
  readonly user: string | null;
  /** `null`: the password is in the URL, or there is none. */
  readonly passwordFile: string | null;
  /** Where the URL names none. */
  readonly database: number;
  readonly tls: TlsFiles;
}

/** One Redis. */
export interface RedisAddress {
  /** `redis://…`, `rediss://…` or the path of a socket, validated. May hold a password. */
  readonly url: string;
  /** The same without user and password: the only spelling that may be printed. */
  readonly shown: string;
  readonly access?: RedisAccess;
  /** It is a master of a cluster, and has some of the keys. */
  readonly sharded?: true;
}

/** What is common to all data nodes behind sentinels, or of a cluster. */
export interface RedisNodes {
  readonly tls: boolean;
  readonly access: RedisAccess;
}

/** A master that sentinels know. */
export interface SentinelPlace {
  readonly kind: 'sentinel';
  readonly sentinels: readonly RedisAddress[];
  readonly master: string;
  readonly nodes: RedisNodes;
  readonly shown: string;
}

/** A cluster that any of its nodes knows. */
export interface ClusterPlace {
  readonly kind: 'cluster';
  readonly seeds: readonly RedisAddress[];
  readonly nodes: RedisNodes;
  readonly shown: string;
}

type RedisConfig = Pick<
  Config,
  | 'redis'
  | 'redisSentinel'
  | 'redisMaster'
  | 'redisSentinelPasswordFile'
  | 'redisCluster'
  | 'redisUser'
  | 'redisPasswordFile'
  | 'redisDatabase'
  | 'redisTls'
  | 'redisCa'
  | 'redisCert'
  | 'redisKey'
  | 'redisServerName'
>;

/** Where the configuration has routes in Redis; `null` where they are in a file. */
export function redisPlace(
  config: RedisConfig,
): RedisAddress | SentinelPlace | ClusterPlace | null {
  const access = accessOf(config);
  const nodes = { tls: config.redisTls !== 'off', access };
  if (config.redisSentinel.length > 0) return sentinelPlace(config, nodes);
  if (config.redisCluster.length > 0) {
    const seeds = config.redisCluster.map((node) => redisNodeAddress(node, nodes));
    return {
      kind: 'cluster',
      seeds,
      nodes,
      shown: shownList('redis-cluster', config.redisCluster),
    };
  }
  if (config.redis === null) return null;
  const { url, shown } = config.redis;
  return { url, shown, access };
}

/** The address of a data node that sentinels or a cluster named. */
export function redisNodeAddress(
  { host, port }: RedisNodeAddress,
  { tls, access }: RedisNodes,
): RedisAddress {
  const url = `${tls ? 'rediss' : 'redis'}://${formatHostPort(host, port)}`;
  return { url, shown: url, access };
}

function sentinelPlace(config: RedisConfig, nodes: RedisNodes): SentinelPlace {
  const { redisMaster: master, redisSentinelPasswordFile: passwordFile } = config;
  const access = { ...nodes.access, user: null, passwordFile, database: 0 };
  const asked = { tls: config.redisTls === 'all', access };
  return {
    kind: 'sentinel',
    sentinels: config.redisSentinel.map((node) => redisNodeAddress(node, asked)),
    master,
    nodes,
    shown: `${shownList('redis-sentinel', config.redisSentinel)}/${master}`,
  };
}

function accessOf(config: RedisConfig): RedisAccess {
  return {
    user: config.redisUser,
    passwordFile: config.redisPasswordFile,
    database: config.redisDatabase,
    tls: {
      ca: config.redisCa,
      cert: config.redisCert,
      key: config.redisKey,
      serverName: config.redisServerName,
    },
  };
}

function shownList(scheme: string, nodes: readonly RedisNodeAddress[]): string {
  return `${scheme}://${nodes.map(({ host, port }) => formatHostPort(host, port)).join(',')}`;
}
