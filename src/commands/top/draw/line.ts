/** How a piece of text stands out. What it means is always said in words, too. */
export type Style = 'plain' | 'bold' | 'dim' | 'good' | 'warn' | 'bad' | 'bar';

export interface Span {
  readonly text: string;
  readonly style: Style;
}

/** A line of the screen. Its texts are ASCII, so that every character is as wide as it is long. */
export type Line = readonly Span[];

const CUT = '~';
// Without colours these are left, which any terminal has.
const ATTRIBUTES: Readonly<Record<Style, string>> = {
  plain: '',
  bold: '1',
  dim: '2',
  good: '',
  warn: '',
  bad: '1',
  bar: '7',
};
const COLOURS: Readonly<Record<Style, string>> = {
  ...ATTRIBUTES,
  good: '32',
  warn: '33',
  bad: '1;31',
};

export function span(text: string, style: Style = 'plain'): Span {
  return { text, style };
}

export function widthOf(line: Line): number {
  return line.reduce((sum, { text }) => sum + text.length, 0);
}

/** A text of just that width: cut, or filled up on the side that it does not lean to. */
export function fit(text: string, width: number, lean: 'left' | 'right' = 'left'): string {
  if (text.length > width) return width < 1 ? '' : `${text.slice(0, width - 1)}${CUT}`;
  return lean === 'left' ? text.padEnd(width) : text.padStart(width);
}

/** A line of just that width. */
export function fitLine(line: Line, width: number): Line {
  const spans: Span[] = [];
  let left = width;
  for (const { text, style } of line) {
    if (left <= 0) break;
    spans.push(span(text.length > left ? fit(text, left) : text, style));
    left -= text.length;
  }
  return left > 0
    ? [...spans, span(' '.repeat(left), spans.at(-1)?.style === 'bar' ? 'bar' : 'plain')]
    : spans;
}

/** Pieces beside each other, two blanks apart, and on further lines, set in, where one is too narrow for them. */
export function flow(pieces: readonly Line[], width: number): Line[] {
  const lines: Span[][] = [];
  for (const piece of pieces) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(last) + 2 + widthOf(piece) <= width) {
      last.push(span('  '), ...piece);
    } else {
      lines.push([...(last === undefined ? [] : [span('  ')]), ...piece]);
    }
  }
  return lines;
}

export function plainText(line: Line): string {
  return line.map(({ text }) => text).join('');
}

/** The line as a terminal is told it. */
export function paint(line: Line, hasColours: boolean): string {
  const codes = hasColours ? COLOURS : ATTRIBUTES;
  return line
    .map(({ text, style }) => (codes[style] === '' ? text : `\x1b[${codes[style]}m${text}\x1b[0m`))
    .join('');
}
