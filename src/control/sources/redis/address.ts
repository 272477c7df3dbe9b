import type { StandaloneConnectionOptions } from 'ioredis';

/** Where Redis is, as the configuration has it. */
export interface RedisAddress {
  /** `redis://…`, `rediss://…` or the path of a socket, validated. May hold a password. */
  readonly url: string;
  /** The same without user and password: the only spelling that may be printed. */
  readonly shown: string;
}

export interface RedisLogin {
  readonly username: string;
  readonly password: string;
  readonly database: number;
}

/** How to reach Redis, without credentials. */
export function redisEndpoint({ url }: RedisAddress): StandaloneConnectionOptions {
  if (url.startsWith('/')) return { path: url };
  const { hostname, port, protocol } = new URL(url);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const endpoint = { host, port: port === '' ? 6379 : Number(port) };
  return protocol === 'rediss:' ? { ...endpoint, tls: {} } : endpoint;
}

/** Who we are there, and which database is meant. */
export function redisLogin({ url }: RedisAddress): RedisLogin {
  if (url.startsWith('/')) return { username: '', password: '', database: 0 };
  const { username, password, pathname } = new URL(url);
  return {
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: Number(pathname.slice(1)),
  };
}
