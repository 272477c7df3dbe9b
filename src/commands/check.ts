import { DEFAULT_PORTS } from '../control/routes/members/route-members.ts';
import { localAddresses } from '../control/routes/local-addresses.ts';
import { canonicalIp, type Endpoint } from '../address.ts';
import { parseBackendAddress, type BackendAddress } from '../balance/backend-address.ts';
import { ConfigError, type Complaint } from '../config/config-error.ts';
import { examineConfig, type ConfigInput } from '../config/load.ts';
import type { Config } from '../config/options.ts';
import { redisPlace } from '../config/redis/place.ts';
import { readRouteOptions } from '../control/routes/route-options.ts';
import { readRoutesFile } from '../control/sources/file/read-routes.ts';
import type { RouteRecord } from '../control/sources/routes/route-record.ts';
import { createGuard, type Guard } from '../dial/guard.ts';

const PROTOCOLS = ['tls', 'http'] as const;

/**
 * Validate the configuration and, where it names one, the route file. Rejects with a `ConfigError` of
 * every complaint about either. Neither Redis nor DNS is asked.
 */
export async function check(input: ConfigInput): Promise<number> {
  const { values, complaints, warnings } = await examineConfig(input);
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
  const routes = values.routes ? await checkRoutes(values.routes, values) : null;
  const all = [...complaints, ...(routes?.complaints ?? [])];
  if (all.length > 0) throw new ConfigError(all);
  const listeners = values.listen?.map(({ name }) => name).join(' ');
  const source =
    routes?.summary ?? `routes from ${redisPlace(values as Config)?.shown}, not looked at`;
  process.stdout.write(`ok: ${listeners}; ${source}\n`);
  return 0;
}

async function checkRoutes(
  file: string,
  config: Partial<Config>,
): Promise<{ complaints: readonly Complaint[]; summary: string }> {
  const { routes, complaints } = await readRoutesFile(file);
  const guard = guardOf(config);
  const refused = [...routes].flatMap(([host, record]) => {
    const path = `${file}: ${JSON.stringify(host)}`;
    return routeProblems(record, guard).map((reason) => ({ path, reason }));
  });
  const members = [...routes.values()].reduce((sum, record) => sum + membersOf(record).length, 0);
  const summary = `${file}: ${routes.size} routes, ${members} backends`;
  return { complaints: [...complaints, ...refused], summary };
}

function membersOf({ backends, draining, acme }: RouteRecord): readonly string[] {
  return [...backends, ...draining, ...acme];
}

function routeProblems(record: RouteRecord, guard: Guard): string[] {
  const members = membersOf(record).flatMap((text) => {
    const reason = refusal(text, guard);
    return reason === null ? [] : [`${JSON.stringify(text)} ${reason}`];
  });
  const options = readRouteOptions(record.options, null).complaints.map(
    ({ name, reason }) => `${name}: ${JSON.stringify(record.options[name])} ${reason}`,
  );
  return [...members, ...options];
}

/** Why this member could not be dialled, or `null`. A DNS name is taken at its word. */
function refusal(member: string, guard: Guard): string | null {
  const address = parseBackendAddress(member);
  if (typeof address === 'string') return address;
  for (const endpoint of endpointsOf(address)) {
    const reason = guard(endpoint);
    if (reason !== null) return `is ${reason}`;
  }
  return null;
}

// A bare address is dialled on the port of whatever protocol the client speaks.
function endpointsOf(address: BackendAddress): readonly Endpoint[] {
  if ('path' in address) return [{ path: address.path }];
  const ip = canonicalIp(address.host);
  if (ip === null) return [];
  const schemes = address.scheme === null ? PROTOCOLS : [address.scheme];
  return schemes.map((scheme) => ({ ip, port: address.port ?? DEFAULT_PORTS[scheme] }));
}

function guardOf({ backendAllow, backendDeny, listen, admin, redis }: Partial<Config>): Guard {
  const own: Endpoint[] = [...(listen ?? [])];
  if (admin !== undefined && admin !== 'off') own.push(admin);
  if (redis?.endpoint) own.push(redis.endpoint);
  return createGuard({
    allow: backendAllow ?? [],
    deny: backendDeny ?? [],
    own,
    localAddresses,
  });
}
