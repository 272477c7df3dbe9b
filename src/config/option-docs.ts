import { flagOf, GROUPS, type Option } from './option.ts';
import { OPTION_ROWS } from './options.ts';

const INDENT = '  ';
const MEANING_COLUMN = 34;
const NO_BREAK = '\u00a0';

const RULES = [
  'Options are also variables (--hello-timeout is SLUICE_HELLO_TIMEOUT) and keys of the --config file (hello-timeout).',
  'A flag wins over a variable, a variable over the file. A flag marked … may be repeated; in a variable, commas or',
  'spaces separate the values; in the file they are a list. Durations: 500ms 5s 10m 1h. Sizes: 16384 16k 1m.',
].join(' ');

const ALL: readonly Option[] = OPTION_ROWS.map(([, option]) => option);

/** The part of `--help` about these options, at most `width` columns wide. */
export function renderOptionsHelp(width: number, rows = ALL): string {
  const groups = GROUPS.flatMap((group) => {
    const options = rows.filter((each) => each.group === group);
    if (options.length === 0) return [];
    return [`${group}:`, ...options.map((option) => optionRow(option, width))].join('\n');
  });
  return [...groups, wrap(RULES, width).join('\n')].join('\n\n');
}

/** The options as a Markdown table. */
export function renderOptionsTable(): string {
  const rows = OPTION_ROWS.map(([, option]) => {
    const cells = [`\`${usage(option)}\``, defaultCell(option), option.summary];
    return `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
  });
  return ['| option | default | |', '|---|---|---|', ...rows].join('\n');
}

function optionRow(option: Option, width: number): string {
  const known = defaultText(option);
  const meaning = known === '' ? option.summary : `${option.summary} (default:${NO_BREAK}${known})`;
  return helpRow(usage(option), meaning, width);
}

/** One row of `--help`: how an option is written, and what it means. */
export function helpRow(written: string, meaning: string, width: number): string {
  const [first, ...rest] = wrap(meaning, width - MEANING_COLUMN).map(
    (line) => ' '.repeat(MEANING_COLUMN) + line,
  );
  const name = `${INDENT}${written}`;
  if (name.length >= MEANING_COLUMN) return [name, first, ...rest].join('\n');
  return [name + first!.slice(name.length), ...rest].join('\n');
}

function usage(option: Option): string {
  return `${flagOf(option)} ${option.argument}${option.arity === 'many' ? '…' : ''}`;
}

function defaultText(option: Option): string {
  return option.shownDefault ?? option.defaults().join(' ');
}

function defaultCell(option: Option): string {
  if (option.shownDefault !== undefined) return option.shownDefault;
  return option
    .defaults()
    .map((text) => `\`${text}\``)
    .join(' ');
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines.map((line) => line.replaceAll(NO_BREAK, ' '));
}
