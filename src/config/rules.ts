import { formatEndpoint, type IpEndpoint } from '../address.ts';
import type { Complaint } from './config-error.ts';
import type { Config, OptionKey } from './options.ts';
import { DEFAULT_REDIS } from './groups/redis.ts';
import { redisComplaints } from './redis/rules.ts';
import { isLoopback } from './values/bind-address.ts';
import { parseRedisUrl } from './redis/url.ts';

/** Where an option was given, or `undefined` where its default stands. */
export type PathOf = (key: OptionKey) => string | undefined;

type Values = Partial<Config>;

const SOURCES = ['redis', 'redisSentinel', 'redisCluster', 'routes'] as const;

/** What options mean for each other. An option that was itself refused is not judged again. */
export function applyRules(
  values: Values,
  pathOf: PathOf,
): { values: Values; complaints: readonly Complaint[] } {
  const complaints = [
    ...redisComplaints(values, pathOf),
    ...fileComplaints(pathOf),
    ...sharingComplaints(values, pathOf),
    ...listenComplaints(values, pathOf),
    ...adminComplaints(values, pathOf),
    ...overlapComplaints(values, pathOf),
  ];
  const hasSource = SOURCES.some((key) => pathOf(key) !== undefined);
  return { values: hasSource ? values : { ...values, ...defaultRedis() }, complaints };
}

function defaultRedis(): Values {
  const parsed = parseRedisUrl(DEFAULT_REDIS);
  return 'value' in parsed ? { redis: parsed.value } : {};
}

// A file of routes is its own snapshot, and whoever empties it has done so on purpose.
function fileComplaints(pathOf: PathOf): Complaint[] {
  const file = pathOf('routes');
  if (file === undefined) return [];
  return (['snapshot', 'holdLoss', 'holdLossForMs'] as const).flatMap((key) => {
    const path = pathOf(key);
    return path === undefined ? [] : [{ path, reason: `cannot be combined with ${file}` }];
  });
}

// What one edge tells the others is in the Redis of the routes, under one node's eyes.
function sharingComplaints({ shareEjections }: Values, pathOf: PathOf): Complaint[] {
  const where = pathOf('routes') ?? pathOf('redisCluster');
  if (shareEjections !== 'on' || where === undefined) return [];
  const path = pathOf('shareEjections') ?? '--share-ejections';
  return [{ path, reason: `cannot be combined with ${where}` }];
}

function listenComplaints({ listen }: Values, pathOf: PathOf): Complaint[] {
  const path = pathOf('listen') ?? '--listen';
  if (listen?.length === 0) return [{ path, reason: 'names no listener' }];
  // A port that the system picks is another each time, but the name in the metrics is not.
  const labels = (listen ?? []).map((one) => (one.port === 0 ? one.name : formatEndpoint(one)));
  const twice = labels.filter((label, index) => labels.indexOf(label) !== index);
  return [...new Set(twice)].map((label) => ({ path, reason: `two listeners on ${label}` }));
}

function adminComplaints({ admin, adminToken }: Values, pathOf: PathOf): Complaint[] {
  if (admin === undefined || admin === 'off' || adminToken !== null || isLoopback(admin)) return [];
  const reason = `${formatEndpoint(admin)} is not loopback, so --admin-token is required`;
  return [{ path: pathOf('admin') ?? '--admin', reason }];
}

// bind(2) would refuse the second of them, and only once sluice is started.
function overlapComplaints({ listen = [], admin }: Values, pathOf: PathOf): Complaint[] {
  const path = pathOf('listen') ?? '--listen';
  const complaints = listen.flatMap((one, index) =>
    listen
      .slice(index + 1)
      .filter((other) => overlap(one, other) && !shareFamilies(one, other))
      .map((other) => ({ path, reason: `${one.name} and ${other.name} overlap` })),
  );
  if (admin === undefined || admin === 'off') return complaints;
  const taken = listen.filter((one) => isSame(one, admin) || overlap(one, admin));
  const blamed = pathOf('listen') ?? pathOf('admin') ?? '--admin';
  const at = `the admin listener on ${formatEndpoint(admin)}`;
  const clashes = taken.map(({ name }) => ({ path: blamed, reason: `${name} and ${at} overlap` }));
  return [...complaints, ...clashes];
}

/** Whether one is a wildcard address that takes in the other, on the same port. */
function overlap(one: IpEndpoint, other: IpEndpoint): boolean {
  if (one.port === 0 || one.port !== other.port || one.ip === other.ip) return false;
  return takesIn(one, other) || takesIn(other, one);
}

function takesIn(wildcard: IpEndpoint, { ip }: IpEndpoint): boolean {
  return wildcard.ip === '::' || (wildcard.ip === '0.0.0.0' && !ip.includes(':'));
}

/** Listeners on both wildcards: then `::` is opened for IPv6 alone. */
function shareFamilies(one: IpEndpoint, other: IpEndpoint): boolean {
  return [one.ip, other.ip].toSorted().join(' ') === '0.0.0.0 ::';
}

function isSame(one: IpEndpoint, other: IpEndpoint): boolean {
  return one.port !== 0 && one.port === other.port && one.ip === other.ip;
}
