import { one, optional, type Option } from '../option.ts';
import { duration } from '../values/duration.ts';
import { count } from '../values/number.ts';
import { parseShare } from '../values/share.ts';
import { parseFilePath, parseSnapshotPlace } from '../values/text.ts';

/** Where routes come from when it is not Redis, and what becomes of them when it is gone. */
export const ROUTE_OPTIONS = {
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
} as const satisfies Record<string, Option>;

// systemd.exec(5), StateDirectory=: one folder, or several with colons between.
function snapshotOfSystemd(): string {
  const [folder = ''] = (process.env['STATE_DIRECTORY'] ?? '').split(':');
  return folder === '' ? 'off' : `${folder}/routes.snapshot`;
}
