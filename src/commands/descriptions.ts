import type { OptionKey } from '../config/options.ts';
import { REDIS_KEYS } from '../config/groups/redis.ts';
import type { Command, CommandFlag } from './command.ts';

/** A command without what runs it, which is loaded when it is asked for. */
export type Description = Omit<Command, 'run'>;

const REDIS: readonly OptionKey[] = [...REDIS_KEYS, 'configFile'];
const EDGE: readonly OptionKey[] = ['admin', 'adminToken'];
const GUARD: readonly OptionKey[] = ['backendAllow', 'backendDeny'];

const JSON_FLAG: CommandFlag = {
  name: 'json',
  summary: 'Print JSON, one object a line, instead of a table',
};

export const ROUTES: Description = {
  summary:
    'List the routes of a running edge, or those HOST can match; with --redis those in Redis',
  words: ['[HOST]'],
  options: [...EDGE, ...REDIS],
  flags: [JSON_FLAG, { name: 'limit', argument: 'N', summary: 'Stop after so many routes' }],
};

export const EXPLAIN: Description = {
  summary: 'Say where a client of a running edge goes that asks for HOST, and why',
  words: ['HOST'],
  options: [...EDGE, ...REDIS, ...GUARD],
  flags: [
    JSON_FLAG,
    { name: 'protocol', argument: 'tls|http', summary: 'What the client speaks (default: tls)' },
    {
      name: 'alpn',
      argument: 'NAME',
      many: true,
      summary: 'What its hello offers by ALPN: acme-tls/1 may go elsewhere',
    },
    {
      name: 'from',
      argument: 'IP',
      summary: 'Where it comes from, for the allow and deny lists of the route',
    },
  ],
};

export const TAIL: Description = {
  summary: 'Show the sessions of a running edge as they end, those of HOST or all, until Ctrl-C',
  words: ['[HOST]'],
  options: EDGE,
  flags: [
    JSON_FLAG,
    {
      name: 'termination',
      argument: 'NAME',
      many: true,
      summary: 'Only those that ended so; failed stands for every one that is a failure',
    },
    { name: 'client', argument: 'CIDR', summary: 'Only those of these clients' },
    { name: 'backend', argument: 'ADDRESS', summary: 'Only those of this backend' },
    {
      name: 'id',
      argument: 'ID',
      summary: 'Only the one with this id, as logs have it; ends when that has ended',
    },
    { name: 'rate', argument: 'N', summary: 'Show so many a second at most (default: 50)' },
  ],
};

export const TOP: Description = {
  summary: 'Show what a running edge does, live: hosts, backends, workers, failures, rates',
  options: EDGE,
  flags: [
    { name: 'once', summary: 'Print all of it once and end, as where output is no terminal' },
    { name: 'json', summary: 'Print it once as JSON: what /api/v1/overview answers' },
  ],
};

export const LINT: Description = {
  summary: 'Look for what is wrong with the routes in Redis or a file, and say how to mend it',
  options: [...REDIS, 'routes', ...GUARD],
  flags: [JSON_FLAG],
};

export const DRAIN: Description = {
  summary: 'Have BACKEND take no new sessions of HOST, and keep its old ones',
  words: ['HOST', 'BACKEND'],
  options: [...REDIS, ...EDGE],
  flags: [
    { name: 'wait', summary: 'Wait until no session is left on it; --admin may be repeated' },
    { name: 'timeout', argument: 'DURATION', summary: 'Wait so long at most, and fail' },
    { name: 'force', summary: 'Drain it even if HOST is left without a backend' },
  ],
};

export const UNDRAIN: Description = {
  summary: 'Have BACKEND take new sessions of HOST again',
  words: ['HOST', 'BACKEND'],
  options: REDIS,
};
