import { printable } from '../../../account/printable.ts';
import type { Overview } from '../../../control/report/overview/overview.ts';
import { clock } from './figures.ts';
import { headerLines } from './header.ts';
import { helpLines } from './help.ts';
import { fitLine, flow, span, type Line } from './line.ts';
import { layOut } from './table.ts';
import { sizesOf, TABLE_KEYS, TABLES } from './tables.ts';
import type { View } from '../view.ts';

/** What is known of an edge that is watched. */
export interface Watched {
  readonly overview: Overview;
  /** How long ago it was told, in seconds. */
  readonly ageSeconds: number;
  /** Why it cannot be asked, in words; `null` while it can. */
  readonly gone: string | null;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** An edge tells something each second: after so many it is said that it does not. */
const SILENT_SECONDS = 3;
// Whatever the header has to say, so many rows are the table's, headings included.
const MIN_TABLE = 5;

const KEYS = 'h b w f tables  < > sort  r reverse  / filter  ? help  q quit';
const KEYS_IN_SHORT = '? help  q quit  hbwf  <>  r  /';

/** The screen, line by line: just as many as it has, each just as wide. */
export function renderFrame(watched: Watched, view: View, { columns, rows }: Size): Line[] {
  const alarm = alarmLine(watched);
  const header = headerLines(watched.overview, columns);
  const room = Math.max(1, rows - MIN_TABLE - alarm.length);
  const above = [...alarm, ...(alarm.length > 0 ? header.map(dimmed) : header).slice(0, room)];
  const left = Math.max(0, rows - above.length - 1);
  const below = view.isHelp
    ? helpLines(view.table, columns)
    : tableLines(watched.overview, view, { columns, rows: left });
  const lines = [...above, ...below.slice(0, left)];
  while (lines.length < rows - 1) lines.push([]);
  return [...lines, footer(view, columns)].slice(-rows).map((line) => fitLine(line, columns));
}

/** How many rows of the table on view there are to scroll over. */
export function rowCount({ overview }: Watched, view: View): number {
  return TABLES[view.table].rows(overview, view.sorts[view.table], view.filter).length;
}

function alarmLine({ ageSeconds, gone }: Watched): Line[] {
  const since = clock(ageSeconds);
  if (gone !== null) {
    return [[span(`THE EDGE IS GONE for ${since}: ${printable(gone)}; trying again`, 'bad')]];
  }
  if (ageSeconds < SILENT_SECONDS) return [];
  return [[span(`THE EDGE IS SILENT for ${since}`, 'bad')]];
}

function tableLines(overview: Overview, view: View, { columns, rows }: Size): Line[] {
  const table = TABLES[view.table];
  const sort = view.sorts[view.table];
  const found = table.rows(overview, sort, view.filter);
  const tabs = flow(tabPieces(overview, view, found.length), columns);
  const room = Math.max(0, rows - tabs.length - 1);
  const first = Math.max(0, Math.min(view.scrolled, found.length - room));
  const { heading, lines } = layOut(table, found.slice(first, first + room), sort, columns);
  const none = view.filter === '' ? '  none' : '  none has that in it';
  return [...tabs, heading, ...(found.length === 0 ? [[span(none, 'dim')]] : lines)];
}

function tabPieces(overview: Overview, { table, filter }: View, found: number): Line[] {
  const tabs = TABLE_KEYS.map((key) => {
    const text = `${TABLES[key].title} ${sizesOf(overview)[key]}`;
    return [key === table ? span(`[${text}]`, 'bold') : span(` ${text} `)];
  });
  const only = `${found} with "${filter}"`;
  return filter === '' ? tabs : [...tabs, [span(only, 'warn')]];
}

function footer({ isTyping, isHelp, filter }: View, columns: number): Line {
  if (isTyping)
    return [span('/'), span(`${filter}_`, 'bold'), span('  Enter keeps it, Esc forgets it')];
  if (isHelp) return [span('q quits, any other key goes back')];
  return [span(KEYS.length <= columns ? KEYS : KEYS_IN_SHORT)];
}

// What was true when it was last heard of.
function dimmed(line: Line): Line {
  return line.map(({ text }) => span(text, 'dim'));
}
