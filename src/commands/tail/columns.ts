import { printable } from '../../account/printable.ts';
import { isFailure, TERMINATIONS, type Termination } from '../../termination.ts';
import { bytesText, millisecondsText } from './amounts.ts';

/** A line of the access log, of a session that has ended or lives. Whoever reads it trusts nothing in it. */
export type SessionLine = Readonly<Record<string, unknown>>;

/** What is shown in a column, where a terminal leaves room for it. */
interface Column {
  readonly heading: string;
  readonly width: number;
  readonly align: 'left' | 'right';
  readonly cell: (line: SessionLine) => string;
  /** The lower, the longer it stays where there is little room; 0 always. */
  readonly rank: number;
}

const GAP = ' ';
const CUT = '…';
/** The column that takes what room there is: no narrower than a name needs to say something. */
const HOST = 'HOST';
const HOST_WIDTH = 28;
const MIN_HOST_WIDTH = 12;

const COLUMNS: readonly Column[] = [
  left('TIME', 12, 0, ({ time }) => words(time).slice(11, 23)),
  left('END', 18, 0, end),
  left(HOST, HOST_WIDTH, 0, ({ host }) => words(host)),
  left('BACKEND', 21, 1, ({ backend }) => words(backend)),
  stage('HELLO', 'hello_ms'),
  stage('ROUTE', 'route_ms'),
  stage('CONN', 'connect_ms'),
  stage('FIRST', 'first_byte_ms'),
  stage('TOTAL', 'total_ms', 'age_ms'),
  right('IN', 6, 4, ({ bytes_from_client: bytes }) => bytesText(bytes)),
  right('OUT', 6, 4, ({ bytes_from_backend: bytes }) => bytesText(bytes)),
  left('CLIENT', 21, 2, ({ client }) => words(client)),
  left('ID', 16, 3, ({ id }) => words(id)),
];

/** Sessions as lines below one another, in columns. */
export class SessionTable {
  readonly #isColourful: boolean;
  #columns: readonly Column[] = [];
  #width: number | null = -1;

  constructor(isColourful: boolean) {
    this.#isColourful = isColourful;
  }

  /** The line of a session, below the headings where those have changed; `width` as a terminal's, or `null`. */
  format(line: SessionLine, width: number | null): string {
    const headings = width === this.#width ? '' : this.#layOut(width);
    const cells = this.#columns.map((column) => {
      const text = fitted(column, column.cell(line), width !== null);
      return this.#coloured(column.heading, text, line);
    });
    return `${headings}${[...cells, why(line)].join(GAP).trimEnd()}\n`;
  }

  /** So many sessions are not among the lines. */
  formatMissed(missed: number): string {
    const sessions = missed === 1 ? '1 session more' : `${missed} sessions more`;
    return `${this.#paint(DIM, `${CUT} ${sessions}, not shown: they came too fast, see --rate`)}\n`;
  }

  #layOut(width: number | null): string {
    this.#width = width;
    this.#columns = columnsFor(width);
    const cells = this.#columns.map((column) => fitted(column, column.heading, false));
    return `${this.#paint(DIM, cells.join(GAP).trimEnd())}\n`;
  }

  #coloured(heading: string, text: string, line: SessionLine): string {
    if (heading === 'TIME') return this.#paint(DIM, text);
    return heading === 'END' ? this.#paint(colourOf(line), text) : text;
  }

  #paint(code: number, text: string): string {
    return this.#isColourful ? `\x1b[${code}m${text}\x1b[0m` : text;
  }
}

const DIM = 2;
const RED = 31;
const GREEN = 32;
const YELLOW = 33;

function colourOf({ termination }: SessionLine): number {
  const name = String(termination);
  if (name === 'ok') return GREEN;
  const isKnown = Object.hasOwn(TERMINATIONS, name);
  return isKnown && isFailure(name as Termination) ? RED : YELLOW;
}

/** Those there is room for, the name as wide as it can be. */
function columnsFor(width: number | null): readonly Column[] {
  if (width === null) return COLUMNS;
  let columns = COLUMNS;
  const least = () => widthOf(columns) - HOST_WIDTH + MIN_HOST_WIDTH;
  for (let rank = 4; rank > 0 && least() > width; rank--) {
    columns = columns.filter((column) => column.rank < rank);
  }
  const room = width - widthOf(columns);
  return columns.map((column) => {
    if (column.heading !== HOST) return column;
    return { ...column, width: Math.max(MIN_HOST_WIDTH, column.width + room) };
  });
}

function widthOf(columns: readonly Column[]): number {
  return columns.reduce((sum, column) => sum + column.width + GAP.length, -GAP.length);
}

function fitted({ width, align }: Column, text: string, mayCut: boolean): string {
  const cut = mayCut && text.length > width ? `${text.slice(0, width - 1)}${CUT}` : text;
  return align === 'left' ? cut.padEnd(width) : cut.padStart(width);
}

function left(
  heading: string,
  width: number,
  rank: number,
  cell: (line: SessionLine) => string,
): Column {
  return { heading, width, align: 'left', cell, rank };
}

function right(...of: Parameters<typeof left>): Column {
  return { ...left(...of), align: 'right' };
}

function stage(heading: string, ...keys: readonly string[]): Column {
  return right(heading, 6, 0, (line) => {
    const key = keys.find((name) => name in line);
    return millisecondsText(key === undefined ? undefined : line[key]);
  });
}

function end({ termination, phase, live }: SessionLine): string {
  return live === true ? `live: ${words(phase)}` : words(termination);
}

/** What else there is to say of its end. Not in a column: it is as long as it is. */
function why({ detail, retries }: SessionLine): string {
  const tried = Number(retries) > 0 ? [`after ${Number(retries)} more tries`] : [];
  return [...(detail === undefined ? [] : [words(detail)]), ...tried].join(', ');
}

function words(value: unknown): string {
  return typeof value === 'string' && value !== '' ? printable(value) : '-';
}
