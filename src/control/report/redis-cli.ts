import { redisDatabase, type RedisAddress } from '../sources/redis/address.ts';

/**
 * The words of a `redis-cli` that speaks to this Redis and database. Without user and password: those
 * belong into REDISCLI_AUTH, and on no screen.
 */
export function redisCli(address: RedisAddress): readonly string[] {
  const database = redisDatabase(address);
  const numbered = database === 0 ? [] : ['-n', String(database)];
  return ['redis-cli', ...placeOf(address), ...numbered];
}

function placeOf({ url, access }: RedisAddress): readonly string[] {
  if (url.startsWith('/')) return ['-s', url];
  const { hostname, port, protocol } = new URL(url);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const place = ['-h', host, ...(port === '' ? [] : ['-p', port])];
  if (protocol !== 'rediss:') return place;
  const { ca = null, cert = null, key = null, serverName = null } = access?.tls ?? {};
  const files = Object.entries({
    '--cacert': ca,
    '--cert': cert,
    '--key': key,
    '--sni': serverName,
  });
  return [
    ...place,
    '--tls',
    ...files.flatMap(([flag, value]) => (value === null ? [] : [flag, value])),
  ];
}
