import { formatEndpoint } from '../address.ts';
import type { Complaint } from './config-error.ts';
import { DEFAULT_REDIS, type Config, type OptionKey } from './options.ts';
import { isLoopback } from './values/bind-address.ts';
import { parseRedisUrl } from './values/redis-url.ts';

/** Where an option was given, or `undefined` where its default stands. */
export type PathOf = (key: OptionKey) => string | undefined;

type Values = Partial<Config>;

/** What options mean for each other. An option that was itself refused is not judged again. */
export function applyRules(
  values: Values,
  pathOf: PathOf,
): { values: Values; complaints: readonly Complaint[] } {
  const complaints = [
    ...sourceComplaints(pathOf),
    ...listenComplaints(values, pathOf),
    ...adminComplaints(values, pathOf),
  ];
  const hasSource = pathOf('redis') !== undefined || pathOf('routes') !== undefined;
  return { values: hasSource ? values : { ...values, ...defaultRedis() }, complaints };
}

function defaultRedis(): Values {
  const parsed = parseRedisUrl(DEFAULT_REDIS);
  return 'value' in parsed ? { redis: parsed.value } : {};
}

function sourceComplaints(pathOf: PathOf): Complaint[] {
  const path = pathOf('routes');
  if (path === undefined) return [];
  return (['redis', 'redisPrefix'] as const).flatMap((key) => {
    const other = pathOf(key);
    return other === undefined ? [] : [{ path: other, reason: `cannot be combined with ${path}` }];
  });
}

function listenComplaints({ listen }: Values, pathOf: PathOf): Complaint[] {
  const path = pathOf('listen') ?? '--listen';
  if (listen?.length === 0) return [{ path, reason: 'names no listener' }];
  const fixed = (listen ?? []).filter(({ port }) => port !== 0).map(formatEndpoint);
  const twice = fixed.filter((address, index) => fixed.indexOf(address) !== index);
  return [...new Set(twice)].map((address) => ({ path, reason: `two listeners on ${address}` }));
}

function adminComplaints({ admin, adminToken }: Values, pathOf: PathOf): Complaint[] {
  if (admin === undefined || admin === 'off' || adminToken !== null || isLoopback(admin)) return [];
  const reason = `${formatEndpoint(admin)} is not loopback, so --admin-token is required`;
  return [{ path: pathOf('admin') ?? '--admin', reason }];
}
