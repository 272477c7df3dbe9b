import { one, type Option } from '../option.ts';
import { choice } from '../values/choice.ts';
import { duration } from '../values/duration.ts';
import { size } from '../values/number.ts';

/** How long sessions may take and be quiet, and what strangers are told. */
export const SESSION_OPTIONS = {
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
} as const satisfies Record<string, Option>;
