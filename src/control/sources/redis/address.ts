import { isIP } from 'node:net';
import type { StandaloneConnectionOptions } from 'ioredis';
import { readSecretFile, readTlsFiles, type TlsFiles } from '../../../config/redis/files.ts';
import type { RedisAddress, SentinelPlace } from '../../../config/redis/place.ts';

export type { RedisAddress, SentinelPlace } from '../../../config/redis/place.ts';

export interface RedisLogin {
  readonly username: string;
  readonly password: string;
  readonly database: number;
}

const REDIS_PORT = 6379;
const NO_FILES: TlsFiles = { ca: null, cert: null, key: null, serverName: null };

/** How to reach Redis, without credentials. Rejects with `FileUnusable`. */
export async function redisEndpoint({
  url,
  access,
}: RedisAddress): Promise<StandaloneConnectionOptions> {
  if (url.startsWith('/')) return { path: url };
  const { hostname, port, protocol } = new URL(url);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const endpoint = { host, port: port === '' ? REDIS_PORT : Number(port) };
  if (protocol !== 'rediss:') return endpoint;
  const files = access?.tls ?? NO_FILES;
  // Without a name there is no SNI, and the certificate has to have the address itself in it. An address
  // is never sent as a name (RFC 6066 section 3).
  const servername = files.serverName ?? (isIP(host) === 0 ? host : null);
  const tls = { ...(await readTlsFiles(files)), ...(servername !== null && { servername }) };
  return { ...endpoint, tls };
}

/** Who we are there, and which database is meant. Rejects with `FileUnusable`. */
export async function redisLogin({ url, access }: RedisAddress): Promise<RedisLogin> {
  const said = loginInUrl(url);
  const file = access?.passwordFile ?? null;
  return {
    username: access?.user ?? said.username,
    password: file === null ? said.password : await readSecretFile(file),
    database: said.database ?? access?.database ?? 0,
  };
}

/** The number of the database that routes are read from. */
export function redisDatabase(place: RedisAddress | SentinelPlace): number {
  if ('sentinels' in place) return place.nodes.access.database;
  return loginInUrl(place.url).database ?? place.access?.database ?? 0;
}

function loginInUrl(url: string) {
  if (url.startsWith('/')) return { username: '', password: '', database: null };
  const { username, password, pathname } = new URL(url);
  return {
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: pathname.length > 1 ? Number(pathname.slice(1)) : null,
  };
}
