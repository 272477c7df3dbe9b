import { formatAddressRule, type Cidr } from '../../../cidr.ts';
import type { RouteOptions } from '../../../session/route.ts';
import { readRouteOptions } from '../../routes/route-options.ts';
import type { RouteRecord } from '../../sources/routes/route-record.ts';
import type { ExplainedOption } from './explanation.ts';
import type { RouteFlags } from './facts.ts';

type Row = readonly [
  name: string,
  ofRoute: (options: RouteOptions) => string | null,
  ofEdge: (flags: RouteFlags) => string | null,
];

const ROWS: readonly Row[] = [
  ['balance', ({ balance }) => balance, ({ balance }) => balance],
  ['proxy', ({ proxy }) => proxy, ({ proxy }) => proxy],
  [
    'connect-timeout',
    ({ connectTimeoutMs }) => milliseconds(connectTimeoutMs),
    ({ connectTimeoutMs }) => milliseconds(connectTimeoutMs),
  ],
  [
    'idle-timeout',
    ({ idleTimeoutMs }) => milliseconds(idleTimeoutMs),
    ({ idleTimeoutMs }) => milliseconds(idleTimeoutMs),
  ],
  ['max-connections', ({ maxConnections }) => text(maxConnections), () => null],
  ['allow', ({ allow }) => blocks(allow), () => null],
  ['deny', ({ deny }) => blocks(deny), () => null],
  ['redirect', ({ redirect }) => redirect, () => null],
  ['on-removed', ({ onRemoved }) => removal(onRemoved), ({ onRemoved }) => removal(onRemoved)],
  ['wake', ({ wakeMs }) => milliseconds(wakeMs), () => null],
  ['queue-max', ({ queueMax }) => text(queueMax), () => null],
  ['queue-timeout', ({ queueTimeoutMs }) => milliseconds(queueTimeoutMs), () => null],
  ['probe', ({ probe }) => probe, ({ probe }) => probe],
];

/** Every option a route may have, with the value in force, and those that stand there and are none. */
export function explainOptions(
  record: RouteRecord,
  inForce: RouteOptions,
  flags: RouteFlags | null,
): ExplainedOption[] {
  const { complaints } = readRouteOptions(record.options, null);
  const refused = new Map(
    complaints.map(({ name, reason }) => [
      name,
      `${JSON.stringify(record.options[name])} ${reason}`,
    ]),
  );
  const known = ROWS.map(([name, ofRoute, ofEdge]): ExplainedOption => {
    const own = ofRoute(inForce);
    const why = refused.get(name) ?? null;
    if (own !== null) return { name, value: own, from: 'route', refused: why };
    if (flags === null) return { name, value: null, from: 'unknown', refused: why };
    return { name, value: ofEdge(flags), from: 'edge', refused: why };
  });
  const names = ROWS.map(([name]) => name);
  const unknown = [...refused].filter(([name]) => !names.includes(name));
  return [
    ...known,
    ...unknown.map(([name, why]) => ({ name, value: null, from: 'route', refused: why }) as const),
  ];
}

function milliseconds(value: number | null): string | null {
  if (value === null) return null;
  return value % 1000 === 0 ? `${value / 1000}s` : `${value}ms`;
}

function removal(value: 'keep' | number | null): string | null {
  return typeof value === 'number' ? `close=${milliseconds(value)}` : value;
}

function text(value: number | null): string | null {
  return value === null ? null : String(value);
}

function blocks(cidrs: readonly Cidr[]): string | null {
  return cidrs.length === 0 ? null : cidrs.map(formatAddressRule).join(' ');
}
