import { many, one, optional, type Option } from '../option.ts';
import { choice } from '../values/choice.ts';
import { count } from '../values/number.ts';
import { redisNode } from '../redis/node.ts';
import { parseRedisUrl } from '../redis/url.ts';
import {
  parseFilePath,
  parseRedisMaster,
  parseRedisPrefix,
  parseRedisUser,
  parseTlsName,
} from '../values/text.ts';

/** Where Redis is looked for when the configuration names no source of routes. */
export const DEFAULT_REDIS = 'redis://127.0.0.1:6379';

const SENTINEL_PORT = 26_379;
const CLUSTER_PORT = 6379;
/** Redis keeps the number of databases in an int; nobody has this many. */
const MAX_DATABASE = 99_999;

/** The rows of the option table about Redis: where it is, who we are there, how we know it is Redis. */
export const REDIS_OPTIONS = {
  redis: optional('Routes', {
    name: 'redis',
    argument: 'URL',
    summary: 'Read routes from this Redis: redis://, rediss:// or unix:/path',
    parse: parseRedisUrl,
    shownDefault: `${DEFAULT_REDIS} unless --routes`,
    secret: true,
  }),
  redisSentinel: many('Routes', {
    name: 'redis-sentinel',
    argument: 'HOST[:PORT]',
    summary: 'Ask these sentinels which Redis is the master, and read routes there',
    parse: redisNode(SENTINEL_PORT),
  }),
  redisMaster: one('Routes', {
    name: 'redis-master',
    argument: 'NAME',
    summary: 'What the sentinels call the master',
    parse: parseRedisMaster,
    default: 'mymaster',
  }),
  redisSentinelPasswordFile: optional('Routes', {
    name: 'redis-sentinel-password-file',
    argument: 'FILE',
    summary: 'The password of the sentinels is in this file',
    parse: parseFilePath,
  }),
  redisCluster: many('Routes', {
    name: 'redis-cluster',
    argument: 'HOST[:PORT]',
    summary: 'Read routes from the Redis Cluster that these nodes are part of',
    parse: redisNode(CLUSTER_PORT),
  }),
  redisUser: optional('Routes', {
    name: 'redis-user',
    argument: 'NAME',
    summary: 'Who sluice is for Redis, where the URL does not say it',
    parse: parseRedisUser,
  }),
  redisPasswordFile: optional('Routes', {
    name: 'redis-password-file',
    argument: 'FILE',
    summary: 'The password for Redis is in this file, read again for every connection',
    parse: parseFilePath,
  }),
  redisDatabase: one('Routes', {
    name: 'redis-database',
    argument: 'N',
    summary: 'The number of the database, where the URL does not say it',
    parse: count({ min: 0, max: MAX_DATABASE }),
    default: '0',
  }),
  redisTls: one('Routes', {
    name: 'redis-tls',
    argument: 'WHERE',
    summary:
      'Speak TLS behind --redis-sentinel and --redis-cluster: off, nodes or all (sentinels too)',
    parse: choice('off', 'nodes', 'all'),
    default: 'off',
  }),
  redisCa: optional('Routes', {
    name: 'redis-ca',
    argument: 'FILE',
    summary: 'Trust the certificates that these authorities signed for Redis (PEM), and no others',
    parse: parseFilePath,
  }),
  redisCert: optional('Routes', {
    name: 'redis-cert',
    argument: 'FILE',
    summary: 'Show Redis this client certificate (PEM)',
    parse: parseFilePath,
  }),
  redisKey: optional('Routes', {
    name: 'redis-key',
    argument: 'FILE',
    summary: 'The private key of --redis-cert (PEM)',
    parse: parseFilePath,
  }),
  redisServerName: optional('Routes', {
    name: 'redis-server-name',
    argument: 'NAME',
    summary: 'The name in the certificate of Redis, where it is not the one that is dialled',
    parse: parseTlsName,
  }),
  redisPrefix: one('Routes', {
    name: 'redis-prefix',
    argument: 'TEXT',
    summary: 'What stands in front of every key in Redis',
    parse: parseRedisPrefix,
    default: '',
    shownDefault: 'none',
  }),
} as const satisfies Record<string, Option>;

export type RedisOptionKey = keyof typeof REDIS_OPTIONS;

/** Their keys in the configuration. */
export const REDIS_KEYS = Object.keys(REDIS_OPTIONS) as readonly RedisOptionKey[];
