import { printable } from '../../account/printable.ts';

const GAP = '  ';
/** Narrower than this a column says nothing. */
const MIN_WIDTH = 12;
const CUT = '…';

/** How wide lines may be: that of the terminal, or `null` where nobody looks and nothing is cut. */
export function terminalWidth(): number | null {
  return process.stdout.isTTY ? process.stdout.columns : null;
}

/**
 * Rows below their headings, in columns as wide as their cells. Where that is wider than `width` the
 * widest columns are cut. Cells are strangers' texts: what cannot be printed is escaped.
 */
export function formatTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  width: number | null,
): string {
  const cells = rows.map((row) => row.map((cell) => printable(cell)));
  const all = headings.length === 0 ? cells : [headings, ...cells];
  const widths = fit(widthsOf(all), width);
  return all.map((row) => `${formatRow(row, widths)}\n`).join('');
}

function widthsOf(rows: readonly (readonly string[])[]): number[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  }
  return widths;
}

function fit(wanted: readonly number[], width: number | null): readonly number[] {
  if (width === null) return wanted;
  const widths = [...wanted];
  const gaps = GAP.length * (widths.length - 1);
  for (;;) {
    const over = widths.reduce((sum, each) => sum + each, gaps) - width;
    const widest = widths.indexOf(Math.max(...widths));
    if (over <= 0 || widths[widest]! <= MIN_WIDTH) return widths;
    const second = Math.max(MIN_WIDTH, ...widths.filter((_, i) => i !== widest));
    widths[widest] = Math.max(widths[widest]! - over, Math.min(second, widths[widest]! - 1));
  }
}

function formatRow(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((cell, i) => cut(cell, widths[i]!).padEnd(widths[i]!))
    .join(GAP)
    .trimEnd();
}

function cut(cell: string, width: number): string {
  return cell.length <= width ? cell : `${cell.slice(0, width - 1)}${CUT}`;
}
