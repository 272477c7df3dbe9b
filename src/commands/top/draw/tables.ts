import type {
  BackendRow,
  FailureRow,
  Overview,
  WorkerRow,
} from '../../../control/report/overview/overview.ts';
import type { HostRow } from '../../../control/hosts/host-activity.ts';
import { bytes, count, milliseconds, rate } from './figures.ts';
import { defineTable, type Column, type Table } from './table.ts';

/** The key that shows it → the table, in the order of the screen. */
export const TABLES = {
  h: defineTable('Hosts', ({ hosts }) => hosts, 'SESS/S', [
    {
      title: 'HOST',
      letter: 'H',
      width: 16,
      grows: 1,
      worth: 9,
      order: 'ascending',
      cell: ({ host }) => host,
    },
    number('ACTIVE', 'A', 7, ({ active }: HostRow) => active, count, 7),
    number('SESS/S', 'S', 7, (row: HostRow) => row.sessionsPerSecond, rate, 8),
    number(
      'FAIL/S',
      'F',
      7,
      (row: HostRow) => row.failuresPerSecond,
      rate,
      6,
      (value) => value > 0,
    ),
    number('IN/S', 'I', 6, (row: HostRow) => row.bytesFromClientPerSecond, bytes, 4),
    number('OUT/S', 'O', 6, (row: HostRow) => row.bytesFromBackendPerSecond, bytes, 5),
    number('TOTAL', 'T', 6, ({ sessions }: HostRow) => sessions, count, 3),
    number('FAILED', 'D', 7, ({ failed }: HostRow) => failed, count, 2),
  ]),
  b: defineTable('Backends', ({ backends }) => backends, 'STATE', [
    {
      title: 'BACKEND',
      letter: 'B',
      width: 16,
      grows: 2,
      worth: 9,
      order: 'ascending',
      cell: ({ address }) => address,
    },
    {
      title: 'STATE',
      letter: 'T',
      width: 10,
      worth: 8,
      order: 'descending',
      cell: ({ state }) => state,
      value: ({ state, sessions }) => STATE_RANKS[state] + sessions,
      style: ({ state }) => STATE_STYLES[state],
    },
    number('SESSIONS', 'S', 9, ({ sessions }: BackendRow) => sessions, count, 7),
    {
      title: 'UNTIL',
      letter: 'U',
      width: 8,
      worth: 5,
      order: 'ascending',
      cell: ({ until }) => (until === null ? '-' : timeOf(until)),
      value: ({ until }) => until ?? '-',
    },
    {
      title: 'WHY',
      letter: 'Y',
      width: 12,
      grows: 3,
      worth: 6,
      order: 'ascending',
      cell: ({ cause }) => cause ?? '-',
    },
  ]),
  w: defineTable('Workers', ({ workers }) => workers, 'WORKER', [
    {
      title: 'WORKER',
      letter: 'W',
      width: 7,
      worth: 9,
      order: 'ascending',
      lean: 'right',
      cell: ({ id }) => String(id),
      value: ({ id }) => id,
    },
    {
      title: 'STATE',
      letter: 'T',
      width: 8,
      worth: 8,
      order: 'ascending',
      cell: ({ running }) => (running ? 'running' : 'DOWN'),
      style: ({ running }) => (running ? 'good' : 'bad'),
    },
    number('SESSIONS', 'S', 9, ({ sessions }: WorkerRow) => sessions, count, 7),
    number('WAIT P99 MS', 'P', 12, ({ waitP99Ms }: WorkerRow) => waitP99Ms, milliseconds, 6),
  ]),
  f: defineTable('Failures', ({ failures }) => failures, 'TIME', [
    {
      title: 'TIME',
      letter: 'T',
      width: 8,
      worth: 6,
      order: 'descending',
      cell: ({ time }) => timeOf(String(time ?? '')),
      value: ({ time }) => String(time ?? ''),
    },
    text('HOST', 'H', { width: 15, grows: 3, worth: 8, field: 'host' }),
    {
      ...text('END', 'E', { width: 15, grows: 0, worth: 9, field: 'termination' }),
      style: () => 'bad',
    },
    text('CLIENT', 'C', { width: 15, grows: 1, worth: 3, field: 'client' }),
    text('BACKEND', 'B', { width: 15, grows: 1, worth: 4, field: 'backend' }),
    text('DETAIL', 'D', { width: 14, grows: 2, worth: 5, field: 'detail' }),
  ]),
} as const satisfies Readonly<Record<string, Table>>;

export type TableKey = keyof typeof TABLES;

export const TABLE_KEYS = Object.keys(TABLES) as readonly TableKey[];

/** How many rows each table has before it is filtered, and how many of them are out of order. */
export function sizesOf(overview: Overview): Readonly<Record<TableKey, string>> {
  const { hosts, backends, workers, failures } = overview;
  const out = backends.filter(({ state }) => state === 'ejected' || state === 'recovering').length;
  const down = workers.filter(({ running }) => !running).length;
  return {
    h: String(hosts.length),
    b: `${backends.length}${out === 0 ? '' : `, ${out} out`}`,
    w: `${workers.length}${down === 0 ? '' : `, ${down} down`}`,
    f: String(failures.length),
  };
}

// What is out of use stands above what is busy, however busy it is.
const STATE_RANKS = { healthy: 0, 'slow-start': 1e9, recovering: 2e9, ejected: 3e9 } as const;
const STATE_STYLES = {
  healthy: 'good',
  'slow-start': 'warn',
  recovering: 'warn',
  ejected: 'bad',
} as const;

function number<Row>(
  ...[title, letter, width, value, show, worth, isBad]: readonly [
    title: string,
    letter: string,
    width: number,
    value: (row: Row) => number | null,
    show: (value: number) => string,
    worth: number,
    isBad?: (value: number) => boolean,
  ]
): Column<Row> {
  return {
    title,
    letter,
    width,
    worth,
    order: 'descending',
    lean: 'right',
    cell: (row) => {
      const it = value(row);
      return it === null ? '-' : show(it);
    },
    value: (row) => value(row) ?? -1,
    style: (row) => (isBad?.(value(row) ?? 0) === true ? 'bad' : 'plain'),
  };
}

function text(
  title: string,
  letter: string,
  { field, ...rest }: { width: number; grows: number; worth: number; field: string },
): Column<FailureRow> {
  return { title, letter, ...rest, order: 'ascending', cell: (row) => String(row[field] ?? '-') };
}

/** The time of day, in UTC as everything else that is logged. */
function timeOf(iso: string): string {
  return iso.slice(11, 19);
}
