import type { Overview } from '../../control/report/overview/overview.ts';
import { headerLines } from './draw/header.ts';
import { fit, plainText } from './draw/line.ts';
import type { Rows, Table } from './draw/table.ts';
import { TABLE_KEYS, TABLES } from './draw/tables.ts';

const GAP = '  ';
/** Of what stands above the tables, where no terminal says how wide it is. */
const WIDTH = 100;

/** All that there is to see as plain text, below one another and whole. */
export function snapshotText(overview: Overview, width: number | null): string {
  const header = headerLines(overview, width ?? WIDTH).map((line) => plainText(line).trimEnd());
  const tables = TABLE_KEYS.map((key) => tableText(TABLES[key], overview));
  return `${[header.join('\n'), ...tables].join('\n\n')}\n`;
}

function tableText(table: Table, overview: Overview): string {
  const rows = table.rows(overview, table.sort, '');
  const name = table.title.toUpperCase();
  return rows.length === 0 ? `${name}: none` : [`${name}:`, ...linesOf(table, rows)].join('\n');
}

function linesOf({ columns }: Table, rows: Rows): string[] {
  const texts = [columns.map(({ title }) => title), ...rows.map((row) => row.map(textOf))];
  const widths = columns.map((_, i) => Math.max(...texts.map((row) => row[i]!.length)));
  return texts.map((row) =>
    row
      .map((text, i) => fit(text, widths[i]!, columns[i]!.lean))
      .join(GAP)
      .trimEnd(),
  );
}

function textOf({ text }: Rows[number][number]): string {
  return text;
}
