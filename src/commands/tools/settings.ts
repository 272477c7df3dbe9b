import { localAddresses } from '../../control/routes/local-addresses.ts';
import type { Endpoint, IpEndpoint } from '../../address.ts';
import { ConfigError, type Complaint } from '../../config/config-error.ts';
import { examineConfig } from '../../config/load.ts';
import { OPTIONS, type Config } from '../../config/options.ts';
import { createGuard, type Guard } from '../../dial/guard.ts';
import { CommandFailed, type CommandInput } from '../command.ts';

/** What a tool was told, by flags, variables and the file: as the edge itself would read them. */
export interface ToolSettings {
  readonly config: Partial<Config>;
  /** The edges to ask: where their admin listeners are. */
  readonly edges: readonly IpEndpoint[];
}

/** Read what applies to tools. Rejects with a `ConfigError`. Here `--admin` may be repeated. */
export async function readSettings({ flags, env }: CommandInput): Promise<ToolSettings> {
  const { admin, ...others } = flags;
  const texts = admin === undefined ? [] : [admin].flat().map(String);
  const { values, complaints } = await examineConfig({
    flags: others,
    // What a flag says, a variable does not spoil.
    env: texts.length > 0 ? { ...env, SLUICE_ADMIN: undefined } : env,
  });
  const given = texts.map(readAdmin);
  const wrong = given.flatMap((each) => ('reason' in each ? [each] : []));
  if (complaints.length + wrong.length > 0) throw new ConfigError([...complaints, ...wrong]);
  const edges = given.flatMap((each) => ('ip' in each ? [each] : []));
  return { config: values, edges: edges.length > 0 ? edges : configured(values) };
}

/** Whether the flags name a Redis to ask. Variables do not: an edge's environment has them, too. */
export function asksRedis({ flags }: CommandInput): boolean {
  return ['redis', 'redis-sentinel', 'redis-cluster'].some((name) => Object.hasOwn(flags, name));
}

/** What may be dialled by these flags. The addresses of an edge elsewhere are not known here. */
export function guardOf({ backendAllow, backendDeny, redis }: Partial<Config>): Guard {
  const own: Endpoint[] = redis?.endpoint ? [redis.endpoint] : [];
  return createGuard({
    allow: backendAllow ?? [],
    deny: backendDeny ?? [],
    own,
    localAddresses,
  });
}

function readAdmin(text: string): IpEndpoint | Complaint {
  const parsed = OPTIONS.admin.parse(text);
  const reason = 'reason' in parsed ? parsed.reason : 'is no address of an edge';
  if ('value' in parsed && parsed.value !== 'off') return parsed.value;
  return { path: '--admin', reason: `${JSON.stringify(text)} ${reason}` };
}

function configured({ admin }: Partial<Config>): readonly IpEndpoint[] {
  if (admin !== undefined && admin !== 'off') return [admin];
  throw new CommandFailed('the admin listener is off: there is no edge to ask; see --admin');
}
