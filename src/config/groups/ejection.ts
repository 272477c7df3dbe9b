import { one, type Option } from '../option.ts';
import { duration } from '../values/duration.ts';
import { count } from '../values/number.ts';
import { parseShare } from '../values/share.ts';

/** When a backend is put out of use, and how it comes back. */
export const EJECTION_OPTIONS = {
  ejectAfter: one('Backends', {
    name: 'eject-after',
    argument: 'N',
    summary: 'Put a backend out of use after so many failures in a row; 0: never',
    parse: count({ min: 0, max: 255 }),
    default: '3',
  }),
  ejectForMs: one('Backends', {
    name: 'eject-for',
    argument: 'DURATION',
    summary: 'For so long, doubled each time it comes again, up to 5m',
    parse: duration(1),
    default: '10s',
  }),
  maxEjected: one('Backends', {
    name: 'max-ejected',
    argument: 'SHARE|off',
    summary: 'Never put more of the backends of a route out of use, nor ever the last; off: none',
    parse: parseShare,
    default: '50%',
  }),
  slowStartMs: one('Backends', {
    name: 'slow-start',
    argument: 'DURATION',
    summary: 'How long a backend that is back takes to have all of its weight again',
    parse: duration(0),
    default: '10s',
  }),
} as const satisfies Record<string, Option>;
