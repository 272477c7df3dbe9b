import { ConfigError } from '../../config/config-error.ts';
import { readFeedQuery } from '../../control/feed/feed-query.ts';
import type { CommandInput } from '../command.ts';
import type { Edge } from '../tools/ask-edge.ts';
import { isOn, textOf, textsOf } from '../tools/flags.ts';
import { readSettings } from '../tools/settings.ts';
import { follow } from './follow.ts';
import { sessionPrinter } from './session-printer.ts';
import { isUnrouted } from './unrouted.ts';

/** A reader of ours that is stuck must not keep us after Ctrl-C. */
const FAREWELL_MS = 500;

/** Print sessions of running edges as they end, until Ctrl-C; with `--id`, until that one has ended. */
export async function tail(input: CommandInput): Promise<number> {
  const query = queryOf(input);
  const { config, edges } = await readSettings(input);
  const stop = new AbortController();
  endOnInterrupt(stop);
  const event = sessionPrinter({
    json: isOn(input, 'json'),
    onlyOne: query.has('id'),
    onDone: () => stop.abort(),
  });
  const follower = { event, say };
  const path = `/api/v1/sessions?${query.toString()}`;
  const watching = edges.map(async (address) => {
    const edge = { address, token: config.adminToken ?? null };
    void warnOfUnrouted(edge, query.get('host'), stop.signal);
    await follow(edge, path, follower, stop.signal);
  });
  try {
    await Promise.all(watching);
  } finally {
    stop.abort();
  }
  return 0;
}

/** What the edge is asked for. Throws a `ConfigError` where it would not have it. */
function queryOf(input: CommandInput): URLSearchParams {
  const [host = null] = input.words;
  const single = ['client', 'backend', 'id', 'rate'].map((name) => [name, textOf(input, name)]);
  const given = [['host', host], ...single].filter((each): each is [string, string] => {
    return each[1] !== null;
  });
  const query = new URLSearchParams(given);
  for (const name of textsOf(input, 'termination')) query.append('termination', name);
  const question = readFeedQuery(query);
  if ('filter' in question) return query;
  const { part, reason } = question;
  const path = part === 'host' ? 'HOST' : `--${part}`;
  throw new ConfigError([
    { path, reason: `${JSON.stringify(query.getAll(part).join(' '))} ${reason}` },
  ]);
}

function endOnInterrupt(stop: AbortController): void {
  process.once('SIGINT', () => {
    setTimeout(() => process.exit(0), FAREWELL_MS).unref();
    stop.abort();
  });
}

async function warnOfUnrouted(edge: Edge, host: string | null, signal: AbortSignal): Promise<void> {
  if (host === null || !(await isUnrouted(edge, host)) || signal.aborted) return;
  say(`no route matches ${host} now: its sessions end as unknown-host`);
}

function say(line: string): void {
  process.stderr.write(`sluice: ${line}\n`);
}
