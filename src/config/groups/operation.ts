import { hostname } from 'node:os';
import { one, optional, type Option } from '../option.ts';
import { parseAdminAddress } from '../values/bind-address.ts';
import { choice } from '../values/choice.ts';
import { duration, durationOr } from '../values/duration.ts';
import { count, countOr, parseWorkers } from '../values/number.ts';
import { parseAccessLog, parseAdminToken, parseEdgeName, parseFilePath } from '../values/text.ts';

/** The edge itself. */
export const OPERATION_OPTIONS = {
  engine: one('Operation', {
    name: 'engine',
    argument: 'ENGINE',
    summary: 'What moves the bytes: epoll (Linux), net (anywhere), or auto',
    parse: choice('auto', 'epoll', 'net'),
    default: 'auto',
  }),
  workers: one('Operation', {
    name: 'workers',
    argument: 'auto|N',
    summary: 'Worker threads: auto is one per core with epoll; the net engine runs one',
    parse: parseWorkers,
    default: 'auto',
  }),
  edgeName: one('Operation', {
    name: 'edge-name',
    argument: 'NAME',
    summary: 'What this edge is called in logs and metrics',
    parse: parseEdgeName,
    default: hostname,
    shownDefault: 'the hostname',
  }),
  admin: one('Operation', {
    name: 'admin',
    argument: 'HOST:PORT|off',
    summary: 'Serve the dashboard, the API and metrics; anything but loopback needs --admin-token',
    parse: parseAdminAddress,
    default: '127.0.0.1:8404',
  }),
  adminToken: optional('Operation', {
    name: 'admin-token',
    argument: 'TOKEN',
    summary: 'Ask for this bearer token on the admin listener; better given as a variable',
    parse: parseAdminToken,
    secret: true,
  }),
  metricsHosts: one('Operation', {
    name: 'metrics-hosts',
    argument: 'N',
    summary: 'So many hosts, the busiest, have series of their own; 0: no host has any',
    parse: count({ min: 0, max: 65_536 }),
    default: '1000',
  }),
  accessLog: one('Operation', {
    name: 'access-log',
    argument: 'stdout|FILE|off',
    summary: 'Write one JSON line per session here',
    parse: parseAccessLog,
    default: 'stdout',
  }),
  accessLogLongMs: one('Operation', {
    name: 'access-log-long',
    argument: 'DURATION|off',
    summary: 'Also log a live session each time it has lasted so long once more',
    parse: durationOr('off', 1000),
    default: '1h',
  }),
  accessLogSample: one('Operation', {
    name: 'access-log-sample',
    argument: 'off|N',
    summary: 'Log at most N successes a second, and every failure all the same',
    parse: countOr('off', { min: 1, max: 1_000_000 }),
    default: 'off',
  }),
  logLevel: one('Operation', {
    name: 'log-level',
    argument: 'LEVEL',
    summary: 'Log from here up: debug, info, warn or error',
    parse: choice('debug', 'info', 'warn', 'error'),
    default: 'info',
  }),
  drainTimeoutMs: one('Operation', {
    name: 'drain-timeout',
    argument: 'DURATION',
    summary: 'How long sessions may go on after SIGTERM',
    parse: duration(0),
    default: '30s',
  }),
  configFile: optional('Operation', {
    name: 'config',
    argument: 'FILE',
    summary: 'Read options from this YAML or JSON file; flags and variables win over it',
    parse: parseFilePath,
    notInFile: true,
  }),
} as const satisfies Record<string, Option>;
