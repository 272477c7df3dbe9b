import { printable } from '../../../account/printable.ts';
import type { Overview } from '../../../control/report/overview/overview.ts';
import { fit, span, type Line, type Style } from './line.ts';

/** A column of a table of things of one kind. */
export interface Column<Row> {
  readonly title: string;
  /** A capital letter: whoever types it sorts by this column. */
  readonly letter: string;
  /** At least, and without the blanks between columns. */
  readonly width: number;
  /** Its share of what room is left. */
  readonly grows?: number;
  /** Where room is short, the column with the least goes first. */
  readonly worth: number;
  /** How it is sorted unless reversed, and whether its cells are numbers, which lean right. */
  readonly order: 'ascending' | 'descending';
  readonly lean?: 'right';
  /** May be a stranger's text. */
  readonly cell: (row: Row) => string;
  /** What is sorted, where that is not the cell's text. */
  readonly value?: (row: Row) => string | number;
  readonly style?: (row: Row) => Style;
}

export interface Sort {
  /** Index of a column. */
  readonly column: number;
  readonly isReversed: boolean;
}

interface Cell {
  readonly text: string;
  readonly style: Style;
}

/** Rows as they are shown: sorted, filtered and fit to be printed. */
export type Rows = readonly (readonly Cell[])[];

/** A table whose rows are some part of an overview. */
export interface Table {
  readonly title: string;
  readonly columns: readonly Omit<Column<never>, 'cell' | 'value' | 'style'>[];
  readonly sort: Sort;
  /** Those that have `filter` somewhere, whatever its case. */
  rows(overview: Overview, sort: Sort, filter: string): Rows;
}

const GAP = ' ';

/** `sort` is the title of the column that it is sorted by at first. */
export function defineTable<Row>(
  title: string,
  rowsOf: (overview: Overview) => readonly Row[],
  sort: string,
  columns: readonly Column<Row>[],
): Table {
  const column = columns.findIndex((each) => each.title === sort);
  return {
    title,
    columns,
    sort: { column, isReversed: false },
    rows(overview, by, filter) {
      const sorted = rowsOf(overview).toSorted(comparison(columns[by.column]!, by.isReversed));
      return sorted
        .map((row) => columns.map((each) => cellOf(each, row)))
        .filter((cells) => contains(cells, filter.toLowerCase()));
    },
  };
}

/** The heading and the rows, as wide as the screen is; where it is narrow, without what is worth least. */
export function layOut(
  table: Table,
  rows: Rows,
  sort: Sort,
  width: number,
): { heading: Line; lines: Line[] } {
  const widths = widthsOf(table, width);
  const shown = [...widths.keys()];
  const heading = shown.map((i) => {
    const { title, lean } = table.columns[i]!;
    return fit(i === sort.column ? title + markOf(table, sort) : title, widths.get(i)!, lean);
  });
  const lines = rows.map((cells) =>
    shown.flatMap((i, place) => {
      const { text, style } = cells[i]!;
      const piece = span(fit(text, widths.get(i)!, table.columns[i]!.lean), style);
      return place === 0 ? [piece] : [span(GAP), piece];
    }),
  );
  return { heading: [span(fit(heading.join(GAP), width), 'bar')], lines };
}

/** `v` where the greatest is on top, `^` where the least is. */
function markOf({ columns }: Table, { column, isReversed }: Sort): string {
  return (columns[column]!.order === 'descending') === isReversed ? '^' : 'v';
}

function cellOf<Row>(column: Column<Row>, row: Row): Cell {
  return { text: printable(column.cell(row)), style: column.style?.(row) ?? 'plain' };
}

function contains(cells: readonly Cell[], filter: string): boolean {
  return filter === '' || cells.some(({ text }) => text.toLowerCase().includes(filter));
}

function comparison<Row>(column: Column<Row>, isReversed: boolean): (a: Row, b: Row) => number {
  const valueOf = column.value ?? column.cell;
  const sign = (column.order === 'descending') === isReversed ? 1 : -1;
  return (a, b) => {
    const [one, two] = [valueOf(a), valueOf(b)];
    if (one === two) return 0;
    return one < two ? -sign : sign;
  };
}

/** Index of each column that fits → its width. */
function widthsOf({ columns }: Table, width: number): Map<number, number> {
  const kept = new Set(columns.keys());
  const taken = () =>
    [...kept].reduce((sum, i) => sum + columns[i]!.width + GAP.length, -GAP.length);
  const byWorth = [...kept].toSorted((a, b) => columns[a]!.worth - columns[b]!.worth);
  for (const i of byWorth.slice(0, -1)) if (taken() > width) kept.delete(i);
  const left = Math.max(0, width - taken());
  const shares = [...kept].reduce((sum, i) => sum + (columns[i]!.grows ?? 0), 0);
  const more = (i: number) =>
    shares === 0 ? 0 : Math.floor((left * (columns[i]!.grows ?? 0)) / shares);
  return new Map([...kept].map((i) => [i, Math.min(width, columns[i]!.width + more(i))]));
}
