import { hostname } from 'node:os';
import { many, one, optional, type Option, type ValueOf } from './option.ts';
import { REDIS_OPTIONS } from './redis/options.ts';
import { parseAdminAddress } from './values/bind-address.ts';
import { choice } from './values/choice.ts';
import { duration } from './values/duration.ts';
import { parseListenUrl } from './values/listen-url.ts';
import { parseAddressBlock, parseBackendRule, parseDnsServer } from './values/network.ts';
import { count, parseWorkers, size } from './values/number.ts';
import { parseShare } from './values/share.ts';
import {
  parseAccessLog,
  parseAdminToken,
  parseEdgeName,
  parseFilePath,
  parseSnapshotPlace,
} from './values/text.ts';

/**
 * Every option there is: from here come the flags, the SLUICE_* variables, the keys of the file, their
 * validation, `--help` and the table in README.md. The key is the name in `Config`, with its unit.
 */
export const OPTIONS = {
  listen: many('Listening', {
    name: 'listen',
    argument: 'URL',
    summary: 'Accept clients here: tls://, http:// or auto://HOST:PORT; auto tells them apart',
    parse: parseListenUrl,
    default: ['tls://0.0.0.0:443', 'http://0.0.0.0:80'],
  }),
  acceptProxy: many('Listening', {
    name: 'accept-proxy',
    argument: 'CIDR',
    summary: 'Require a PROXY header from these clients, and look for none from others',
    parse: parseAddressBlock,
  }),
  ...REDIS_OPTIONS,
  routes: optional('Routes', {
    name: 'routes',
    argument: 'FILE',
    summary: 'Read routes from this YAML or JSON file and watch it, instead of Redis',
    parse: parseFilePath,
  }),
  routeTableMax: one('Routes', {
    name: 'route-table-max',
    argument: 'N',
    summary: 'Hold all routes of Redis up to so many; beyond, read each when it is asked for',
    parse: count({ min: 1, max: 10_000_000 }),
    default: '1000000',
  }),
  snapshot: one('Routes', {
    name: 'snapshot',
    argument: 'FILE|off',
    summary: 'Keep the routes of Redis in this file, and start from it while Redis is down',
    parse: parseSnapshotPlace,
    default: snapshotOfSystemd,
    shownDefault: 'routes.snapshot in $STATE_DIRECTORY where systemd sets it, else off',
  }),
  snapshotMaxAgeMs: one('Routes', {
    name: 'snapshot-max-age',
    argument: 'DURATION',
    summary: 'Refuse plain HTTP while the routes may have missed changes for longer than this',
    parse: duration(1),
    default: '24h',
  }),
  holdLoss: one('Routes', {
    name: 'hold-loss',
    argument: 'SHARE|off',
    summary: 'Keep routes when more than this share of them is gone from Redis at once',
    parse: parseShare,
    default: '50%',
  }),
  holdLossForMs: one('Routes', {
    name: 'hold-loss-for',
    argument: 'DURATION',
    summary: 'Keep them no longer than this',
    parse: duration(1),
    default: '10m',
  }),
  balance: one('Backends', {
    name: 'balance',
    argument: 'METHOD',
    summary: 'Pick backends by least-connections, round-robin or random',
    parse: choice('least-connections', 'round-robin', 'random'),
    default: 'least-connections',
  }),
  proxyProtocol: one('Backends', {
    name: 'proxy-protocol',
    argument: 'VERSION',
    summary: 'Tell backends the address of the client in a PROXY header: off, v1 or v2',
    parse: choice('off', 'v1', 'v2'),
    default: 'off',
  }),
  backendAllow: many('Backends', {
    name: 'backend-allow',
    argument: 'RULE',
    summary:
      'Dial these although they are refused by default: CIDR, or unix:/PATH for the sockets below it',
    parse: parseBackendRule,
  }),
  backendDeny: many('Backends', {
    name: 'backend-deny',
    argument: 'RULE',
    summary: 'Never dial these: CIDR, or unix:/PATH for the sockets below it',
    parse: parseBackendRule,
    shownDefault: 'loopback, link-local, multicast, cloud metadata, unix sockets',
  }),
  dnsServer: many('Backends', {
    name: 'dns-server',
    argument: 'ADDRESS[:PORT]',
    summary: 'Resolve the names of backends here',
    parse: parseDnsServer,
    shownDefault: "the system's",
  }),
  connectTimeoutMs: one('Backends', {
    name: 'connect-timeout',
    argument: 'DURATION',
    summary: 'How long a backend may take to accept',
    parse: duration(1),
    default: '2.5s',
  }),
  connectRetries: one('Backends', {
    name: 'connect-retries',
    argument: 'N',
    summary: 'How many more backends to try when one does not accept',
    parse: count({ min: 0, max: 100 }),
    default: '2',
  }),
  helloTimeoutMs: one('Sessions', {
    name: 'hello-timeout',
    argument: 'DURATION',
    summary: 'How long a client may take to say which name it wants',
    parse: duration(1),
    default: '5s',
  }),
  helloMaxBytes: one('Sessions', {
    name: 'hello-max-bytes',
    argument: 'SIZE',
    summary: 'How long a ClientHello or a request head may be, up to 64k',
    parse: size({ min: 1024, max: 65_536 }),
    default: '16384',
  }),
  onUnknown: one('Sessions', {
    name: 'on-unknown',
    argument: 'ACTION',
    summary: 'Answer a name without a route with alert (TLS 112, HTTP 404), close or reset',
    parse: choice('alert', 'close', 'reset'),
    default: 'alert',
  }),
  idleTimeoutMs: one('Sessions', {
    name: 'idle-timeout',
    argument: 'DURATION',
    summary: 'End a session with no byte either way for so long',
    parse: duration(1),
    default: '1h',
  }),
  halfCloseTimeoutMs: one('Sessions', {
    name: 'half-close-timeout',
    argument: 'DURATION',
    summary: 'The same once one side has ended',
    parse: duration(1),
    default: '60s',
  }),
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

export type OptionKey = keyof typeof OPTIONS;

/** The whole configuration, validated. Exactly one of `redis`, `redisSentinel`,
 * `redisCluster` and `routes` is there. */
export type Config = { readonly [K in OptionKey]: ValueOf<(typeof OPTIONS)[K]> };

/** The rows of the table, with their keys. */
export const OPTION_ROWS = Object.entries(OPTIONS) as readonly (readonly [OptionKey, Option])[];

// systemd.exec(5), StateDirectory=: one folder, or several with colons between.
function snapshotOfSystemd(): string {
  const [folder = ''] = (process.env['STATE_DIRECTORY'] ?? '').split(':');
  return folder === '' ? 'off' : `${folder}/routes.snapshot`;
}
