import { hostname } from 'node:os';
import { one, optional, type Option } from '../option.ts';
import { parseAdminAddress } from '../values/bind-address.ts';
import { choice } from '../values/choice.ts';
import { duration } from '../values/duration.ts';
import { parseWorkers } from '../values/number.ts';
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
    summary: 'Serve metrics and health here; anything but loopback needs --admin-token',
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
  accessLog: one('Operation', {
    name: 'access-log',
    argument: 'stdout|FILE|off',
    summary: 'Write one JSON line per session here',
    parse: parseAccessLog,
    default: 'stdout',
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
