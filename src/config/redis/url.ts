import {
  canonicalIp,
  parseHost,
  parseIpv6,
  parseSocketPath,
  type Endpoint,
} from '../../address.ts';
import type { Parsed } from '../values/parsed.ts';

/** Where Redis is. */
export interface RedisUrl {
  /** What ioredis connects to: `redis://…`, `rediss://…` or a socket's path. May hold a password. */
  readonly url: string;
  /** The same without user and password: the only spelling that may be printed. */
  readonly shown: string;
  /** The address itself; `null` where only DNS knows it. */
  readonly endpoint: Endpoint | null;
}

const REDIS_PORT = 6379;
const REASON =
  'is not a Redis address such as redis://127.0.0.1:6379, rediss://:PASSWORD@redis.example.com/0 or unix:/run/redis.sock';

/** Parse `redis://` or `rediss://` with an optional database number, or a unix socket's path. */
export function parseRedisUrl(text: string): Parsed<RedisUrl> {
  const path = parseSocketPath(text.replace(/^unix:(?:\/\/)?/, ''));
  // ioredis reads what follows a question mark as options, which nobody would have validated.
  if (path !== null && !path.includes('?')) {
    return { value: { url: path, shown: `unix:${path}`, endpoint: { path } } };
  }
  if (!/^rediss?:\/\//.test(text) || !URL.canParse(text)) return { reason: REASON };
  return parseTcpUrl(text, new URL(text));
}

function parseTcpUrl(text: string, url: URL): Parsed<RedisUrl> {
  const host = parseHost(url.hostname) ?? parseIpv6(url.hostname.replace(/^\[|\]$/g, ''));
  if (host === null || url.port === '0') return { reason: REASON };
  const { pathname, search, hash } = url;
  if (!/^(?:\/\d{0,5})?$/.test(pathname + search + hash) || !isDecodable(url)) {
    return { reason: REASON };
  }
  const shown = `${url.protocol}//${url.host}${pathname === '/' ? '' : pathname}`;
  return { value: { url: text, shown, endpoint: endpointOf(host, Number(url.port)) } };
}

function endpointOf(host: string, port: number): Endpoint | null {
  const ip = host === 'localhost' ? '127.0.0.1' : canonicalIp(host);
  return ip === null ? null : { ip, port: port === 0 ? REDIS_PORT : port };
}

// A stray `%` makes ioredis throw from its constructor.
function isDecodable({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}
