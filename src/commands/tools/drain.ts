import { printable } from '../../account/printable.ts';
import { parseBackendAddress } from '../../balance/backend-address.ts';
import { ConfigError } from '../../config/config-error.ts';
import { readRecords } from '../../control/report/redis-routes.ts';
import type { RouteRecord } from '../../control/sources/routes/route-record.ts';
import { EMPTY_RECORD } from '../../control/sources/routes/route-record.ts';
import { parsePattern, type Pattern } from '../../route/pattern.ts';
import { CommandFailed, type CommandInput } from '../command.ts';
import { findMembers } from './find-member.ts';
import { complaint, durationOf, isOn } from './flags.ts';
import { withRedis, type ToolRedis } from './redis.ts';
import { readSettings } from './settings.ts';
import { waitUntilIdle } from './wait-until-idle.ts';
import { print } from './output.ts';

type SetName = 'backends' | 'draining';

/** Drain a backend, at once and at every edge. Resolves with the exit code. */
export async function drain(input: CommandInput): Promise<number> {
  const { pattern, written } = readWords(input);
  const timeoutMs = durationOf(input, 'timeout');
  if (timeoutMs !== null && !isOn(input, 'wait'))
    throw complaint('timeout', 'is of no use without --wait');
  const { config, edges } = await readSettings(input);
  const member = await withRedis(config, (redis) =>
    move(redis, {
      pattern,
      written,
      from: 'backends',
      to: 'draining',
      force: isOn(input, 'force'),
    }),
  );
  if (!isOn(input, 'wait')) return 0;
  const token = config.adminToken ?? null;
  const asked = edges.map((address) => ({ address, token }));
  await waitUntilIdle({ edges: asked, pattern, member, timeoutMs: timeoutMs ?? Infinity });
  print(`no session is left on ${printable(member)}\n`);
  return 0;
}

/** Take a backend back. Resolves with the exit code. */
export async function undrain(input: CommandInput): Promise<number> {
  const { pattern, written } = readWords(input);
  const { config } = await readSettings(input);
  await withRedis(config, (redis) =>
    move(redis, { pattern, written, from: 'draining', to: 'backends', force: true }),
  );
  return 0;
}

interface Move {
  readonly pattern: Pattern;
  readonly written: string;
  readonly from: SetName;
  readonly to: SetName;
  readonly force: boolean;
}

function readWords({
  words: [host = '', written = ''],
}: CommandInput): Pick<Move, 'pattern' | 'written'> {
  const parsed = parsePattern(host);
  if ('pattern' in parsed) return { pattern: parsed.pattern, written };
  throw new ConfigError([{ path: 'HOST', reason: `${JSON.stringify(host)} ${parsed.reason}` }]);
}

/** Move the member that is meant, if it is not there already; resolves with it as it is written in Redis. */
async function move({ data, keys }: ToolRedis, asked: Move): Promise<string> {
  const { pattern, written, from, to } = asked;
  const host = pattern.text;
  const records = await readRecords(data, keys, [host]);
  const record = records.get(host) ?? EMPTY_RECORD;
  const [member, ...others] = findMembers(written, record[from]);
  if (member === undefined) return alreadyThere(record, asked);
  if (others.length > 0) {
    const list = [member, ...others].map((each) => printable(each)).join(' ');
    throw new CommandFailed(`several ${from} of ${host} come to that address, name one: ${list}`);
  }
  if (!asked.force && !record.backends.some((each) => each !== member && isBackend(each)))
    throw new CommandFailed(
      `${printable(member)} is the last backend of ${host}: clients would be refused; see --force`,
    );
  const key = (part: SetName) => keys.nameOf({ host, part });
  const moved = await data.smove(key(from), key(to), member);
  if (moved === 0)
    throw new CommandFailed(`${printable(member)} was taken out of ${from} by somebody else`);
  print(`${host}: ${printable(member)} ${WORDS[to]}\n`);
  return member;
}

function isBackend(member: string): boolean {
  return typeof parseBackendAddress(member) !== 'string';
}

const WORDS: Readonly<Record<SetName, string>> = {
  backends: 'takes new sessions',
  draining: 'takes no new sessions',
};

function alreadyThere(record: RouteRecord, { pattern, written, from, to }: Move): string {
  const [member] = findMembers(written, record[to]);
  const host = pattern.text;
  if (member !== undefined) {
    print(`${host}: ${printable(member)} ${WORDS[to]}, as before\n`);
    return member;
  }
  const list = record[from].map((each) => printable(each)).join(' ');
  const known = list === '' ? 'it has none' : `it has ${list}`;
  throw new CommandFailed(`${printable(written)} is not among the ${from} of ${host}: ${known}`);
}
