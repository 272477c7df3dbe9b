import { fit, span, type Line } from './line.ts';
import { TABLES, type TableKey } from './tables.ts';

const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ['h b w f', 'hosts, backends, workers, failures; Tab: the next of them'],
  ['< >', 'sort by the column to the left or right'],
  ['r', 'turn the order around'],
  ['/', 'show only rows that have a text in them; Esc: all of them again'],
  ['arrows', 'scroll, as do j k, PageUp PageDown, Home End'],
  ['q', 'quit, as does Ctrl-C'],
];
const KEYS_WIDTH = 9;

/** What the keys do, those of the columns of this table included. */
export function helpLines(table: TableKey, width: number): Line[] {
  const letters = TABLES[table].columns.map(({ letter, title }) => `${letter} ${title}`);
  return [
    [span('Keys', 'bold')],
    ...KEYS.flatMap(([keys, does]) => entry(keys, does, width)),
    ...entry('A-Z', `sort by a column, again: the other way: ${letters.join(', ')}`, width),
    [],
    ...entry('', 'Rates are over 5 s, connect times over 60 s, all times are UTC.', width),
  ];
}

function entry(keys: string, does: string, width: number): Line[] {
  const lines = wrap(does, Math.max(10, width - KEYS_WIDTH));
  return lines.map((text, i) => [span(fit(i === 0 ? keys : '', KEYS_WIDTH), 'bold'), span(text)]);
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}
