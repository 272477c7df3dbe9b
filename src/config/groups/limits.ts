import { one, type Option } from '../option.ts';
import { duration } from '../values/duration.ts';
import { count, countOr } from '../values/number.ts';

/** More than one machine holds. */
const MAX_SESSIONS = 10_000_000;

/** How many sessions there may be, and what becomes of those that are too many. */
export const LIMIT_OPTIONS = {
  maxConnections: one('Sessions', {
    name: 'max-connections',
    argument: 'auto|N',
    summary: 'Refuse sessions beyond this many; auto is as many as there are descriptors for',
    parse: countOr('auto', { min: 1, max: MAX_SESSIONS }),
    default: 'auto',
  }),
  maxConnectionsPerIp: one('Sessions', {
    name: 'max-connections-per-ip',
    argument: 'off|N',
    summary: 'The same for those of one client address, IPv6 by /64',
    parse: countOr('off', { min: 1, max: MAX_SESSIONS }),
    default: 'off',
  }),
  ratePerIp: one('Sessions', {
    name: 'rate-per-ip',
    argument: 'off|N',
    summary: 'New sessions a second of one client address; twice as many may come at once',
    parse: countOr('off', { min: 1, max: 1_000_000 }),
    default: 'off',
  }),
  queueMax: one('Sessions', {
    name: 'queue-max',
    argument: 'N',
    summary: 'How many sessions of one route may wait for a backend with room, or for a backend',
    parse: count({ min: 0, max: 1_000_000 }),
    default: '1000',
  }),
  queueTimeoutMs: one('Sessions', {
    name: 'queue-timeout',
    argument: 'DURATION',
    summary: 'How long they may wait for room',
    parse: duration(0),
    default: '5s',
  }),
} as const satisfies Record<string, Option>;
