import { one } from '../option.ts';
import { choice } from '../values/choice.ts';
import { duration } from '../values/duration.ts';
import { count } from '../values/number.ts';
import { parseProbePath, parseStatusRange } from '../values/probe.ts';

/** More in a row would be found out by no one. */
const MAX_IN_A_ROW = { min: 1, max: 100 };

/** The options about probes of backends, and about what edges tell each other of them. */
export const PROBE_OPTIONS = {
  probe: one('Backends', {
    name: 'probe',
    argument: 'KIND|off',
    summary: 'Probe backends in use by a ClientHello (tls), a connection (tcp) or a GET (http)',
    parse: choice('off', 'tls', 'tcp', 'http'),
    default: 'off',
  }),
  probeIntervalMs: one('Backends', {
    name: 'probe-interval',
    argument: 'DURATION',
    summary: 'How often each of them is probed, a tenth more or less',
    parse: duration(100),
    default: '5s',
  }),
  probeTimeoutMs: one('Backends', {
    name: 'probe-timeout',
    argument: 'DURATION',
    summary: 'How long a probe may take, up to 30s; also one that proves a recovery',
    parse: (text) => {
      const parsed = duration(1)(text);
      return 'value' in parsed && parsed.value > 30_000 ? { reason: 'is longer than 30s' } : parsed;
    },
    default: '2s',
  }),
  probeRise: one('Backends', {
    name: 'probe-rise',
    argument: 'N',
    summary: 'So many successes in a row bring a probed backend back',
    parse: count(MAX_IN_A_ROW),
    default: '2',
  }),
  probeFall: one('Backends', {
    name: 'probe-fall',
    argument: 'N',
    summary: 'So many failures in a row put a probed backend out of use',
    parse: count(MAX_IN_A_ROW),
    default: '3',
  }),
  probePath: one('Backends', {
    name: 'probe-path',
    argument: 'PATH',
    summary: 'What an http probe asks for',
    parse: parseProbePath,
    default: '/',
  }),
  probeStatus: one('Backends', {
    name: 'probe-status',
    argument: 'STATUS[-STATUS]',
    summary: 'What an http probe has to be answered with',
    parse: parseStatusRange,
    default: '200-399',
  }),
  shareEjections: one('Backends', {
    name: 'share-ejections',
    argument: 'on|off',
    summary: 'Tell other edges through Redis which backends are out, and probe what they tell',
    parse: choice('on', 'off'),
    default: 'off',
  }),
} as const;
