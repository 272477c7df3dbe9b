import type { Sort } from './draw/table.ts';
import { TABLE_KEYS, TABLES, type TableKey } from './draw/tables.ts';

/** What of the edge is on the screen: changed by keys alone. */
export interface View {
  readonly table: TableKey;
  readonly sorts: Readonly<Record<TableKey, Sort>>;
  readonly filter: string;
  /** Keys are letters of the filter. */
  readonly isTyping: boolean;
  readonly isHelp: boolean;
  /** Rows above those on the screen, if there are so many. */
  readonly scrolled: number;
}

/** A key as `node:readline` tells of it. */
export interface Key {
  readonly name?: string | undefined;
  readonly sequence?: string | undefined;
  readonly ctrl?: boolean | undefined;
}

export const FIRST_VIEW: View = {
  table: 'h',
  sorts: { h: TABLES.h.sort, b: TABLES.b.sort, w: TABLES.w.sort, f: TABLES.f.sort },
  filter: '',
  isTyping: false,
  isHelp: false,
  scrolled: 0,
};

const MAX_FILTER = 64;
const PAGE = 10;
const PRINTABLE = /^[\x20-\x7e]$/;

/** What a key makes of the view; `null`: to quit. `rows` are those that there are to scroll over. */
export function press(view: View, key: Key, rows: number): View | null {
  if (view.isTyping) return type(view, key);
  if (key.sequence === 'q') return null;
  // The key that ends the help does nothing else.
  if (view.isHelp) return { ...view, isHelp: false };
  return change(view, key, rows);
}

function change(view: View, { name = '', sequence = '' }: Key, rows: number): View {
  const known = NAMED.get(name) ?? CHARACTERS.get(sequence);
  if (known !== undefined) return known(view, rows);
  if (Object.hasOwn(TABLES, sequence)) return turnTo(view, sequence as TableKey);
  const column = TABLES[view.table].columns.findIndex(({ letter }) => letter === sequence);
  return column === -1 ? view : sortBy(view, column);
}

type Change = (view: View, rows: number) => View;

const NAMED = changes({
  tab: (view) => turnTo(view, beside(view.table)),
  up: (view, rows) => scroll(view, -1, rows),
  down: (view, rows) => scroll(view, 1, rows),
  pageup: (view, rows) => scroll(view, -PAGE, rows),
  pagedown: (view, rows) => scroll(view, PAGE, rows),
  home: (view, rows) => scroll(view, -Infinity, rows),
  end: (view, rows) => scroll(view, Infinity, rows),
  escape: (view) => ({ ...view, filter: '', scrolled: 0 }),
});

const CHARACTERS = changes({
  '<': (view) => sortBeside(view, -1),
  '>': (view) => sortBeside(view, 1),
  r: (view) => {
    const { column, isReversed } = view.sorts[view.table];
    return withSort(view, { column, isReversed: !isReversed });
  },
  '/': (view) => ({ ...view, isTyping: true, scrolled: 0 }),
  '?': (view) => ({ ...view, isHelp: true }),
  j: (view, rows) => scroll(view, 1, rows),
  k: (view, rows) => scroll(view, -1, rows),
});

function changes(of: Readonly<Record<string, Change>>): ReadonlyMap<string, Change> {
  return new Map(Object.entries(of));
}

function type(view: View, { name, sequence = '', ctrl }: Key): View {
  const { filter } = view;
  if (name === 'return' || name === 'enter') return { ...view, isTyping: false };
  if (name === 'escape') return { ...view, isTyping: false, filter: '' };
  if (name === 'backspace') return { ...view, filter: filter.slice(0, -1) };
  if (ctrl === true && name === 'u') return { ...view, filter: '' };
  if (!PRINTABLE.test(sequence) || filter.length >= MAX_FILTER) return view;
  return { ...view, filter: filter + sequence, scrolled: 0 };
}

function turnTo(view: View, table: TableKey): View {
  return { ...view, table, scrolled: 0 };
}

function beside(table: TableKey): TableKey {
  return TABLE_KEYS[(TABLE_KEYS.indexOf(table) + 1) % TABLE_KEYS.length]!;
}

function sortBeside(view: View, step: 1 | -1): View {
  const { length } = TABLES[view.table].columns;
  const { column } = view.sorts[view.table];
  return sortBy(view, (column + step + length) % length);
}

// Another column begins with its own order; the same one again is reversed.
function sortBy(view: View, column: number): View {
  const now = view.sorts[view.table];
  return withSort(view, { column, isReversed: now.column === column && !now.isReversed });
}

function withSort(view: View, sort: Sort): View {
  return { ...view, sorts: { ...view.sorts, [view.table]: sort }, scrolled: 0 };
}

function scroll(view: View, by: number, rows: number): View {
  return { ...view, scrolled: Math.max(0, Math.min(rows - 1, view.scrolled + by)) };
}
