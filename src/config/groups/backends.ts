import { many, one, type Option } from '../option.ts';
import { choice } from '../values/choice.ts';
import { duration } from '../values/duration.ts';
import { parseBackendRule, parseDnsServer, parseSourceAddress } from '../values/network.ts';
import { count } from '../values/number.ts';
import { parseOnRemoved } from '../values/on-removed.ts';
import { parseShare } from '../values/share.ts';

/** Which backend is dialled, and how. */
export const BACKEND_OPTIONS = {
  balance: one('Backends', {
    name: 'balance',
    argument: 'METHOD',
    summary:
      'Pick backends by least-connections, round-robin, random or source (the client address)',
    parse: choice('least-connections', 'round-robin', 'random', 'source'),
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
  retryBudget: one('Backends', {
    name: 'retry-budget',
    argument: 'SHARE|off',
    summary: 'Retry at most for this share of recent sessions, and 10 a second in any case',
    parse: parseShare,
    default: '20%',
  }),
  sourceAddress: many('Backends', {
    name: 'source-address',
    argument: 'IP',
    summary: 'Dial backends from this address, and from the next one given when its ports run out',
    parse: parseSourceAddress,
    shownDefault: "the kernel's choice",
  }),
  onRemoved: one('Backends', {
    name: 'on-removed',
    argument: 'keep|close[=TIME]',
    summary: 'Sessions of a backend that is removed or drained: keep, or close after 30s or so',
    parse: parseOnRemoved,
    default: 'keep',
  }),
} as const satisfies Record<string, Option>;
