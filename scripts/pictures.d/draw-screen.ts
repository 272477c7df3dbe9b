const CELL = { width: 7.83, height: 17 };
const MARGIN = 14;
const BAR = 30;
const FONT = "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace";
const GROUND = '#14181d';
const TEXT = '#d8dde3';
// ECMA-48 section 8.3.117, SGR: 30 to 37 and 90 to 97.
const COLOURS = ['#5c6670', '#ff8a80', '#5fcf97', '#eab54f', '#7fb2f0', '#d7a1e6', '#5cbfe0', TEXT];

interface Look {
  readonly bold: boolean;
  readonly dim: boolean;
  readonly inverse: boolean;
  readonly colour: string | null;
}

interface Run {
  readonly at: number;
  readonly text: string;
  readonly look: Look;
}

const PLAIN: Look = { bold: false, dim: false, inverse: false, colour: null };

const STYLES: Readonly<Record<number, Partial<Look>>> = {
  0: PLAIN,
  1: { bold: true },
  2: { dim: true },
  7: { inverse: true },
  22: { bold: false, dim: false },
  27: { inverse: false },
};

/** The screen of a terminal, as lines with SGR sequences, as a picture. */
export function drawScreen(lines: readonly string[], title: string): string {
  const used = lines.slice(0, lines.findLastIndex((line) => /\S/.test(line)) + 1);
  const runs = readLines(used);
  const columns = Math.max(80, ...runs.flat().map(({ at, text }) => at + text.length));
  const width = Math.ceil(columns * CELL.width + 2 * MARGIN);
  const height = used.length * CELL.height + BAR + 2 * MARGIN;
  const body = runs.flatMap((line, row) => line.map((each) => drawRun(each, row)));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${FONT}" font-size="13">
<title>${escaped(title)}</title>
<rect width="${width}" height="${height}" rx="10" fill="${GROUND}"/>
<circle cx="20" cy="${BAR / 2 + 3}" r="5" fill="#5c6670"/><circle cx="37" cy="${BAR / 2 + 3}" r="5" fill="#5c6670"/><circle cx="54" cy="${BAR / 2 + 3}" r="5" fill="#5c6670"/>
<text x="${width / 2}" y="${BAR / 2 + 8}" fill="#9ba6b2" text-anchor="middle">${escaped(title)}</text>
${body.join('\n')}
</svg>
`;
}

// A look goes on from line to line until another is chosen.
function readLines(lines: readonly string[]): Run[][] {
  let look = PLAIN;
  return lines.map((line) => {
    const read = readLine(line, look);
    look = read.look;
    return read.runs;
  });
}

function readLine(line: string, before: Look): { readonly runs: Run[]; readonly look: Look } {
  const [first = '', ...parts] = line.split('\x1b[');
  const runs: Run[] = [{ at: 0, text: first, look: before }];
  let look = before;
  let at = first.length;
  for (const part of parts) {
    // tmux writes no other sequences than those of looks, which end in an m.
    const end = part.indexOf('m');
    const text = part.slice(end + 1);
    look = restyle(look, part.slice(0, end));
    runs.push({ at, text, look });
    at += text.length;
  }
  return { runs: runs.filter(isSeen), look };
}

function isSeen({ text, look }: Run): boolean {
  return text.trim() !== '' || (look.inverse && text !== '');
}

function restyle(look: Look, codes: string): Look {
  return codes.split(';').reduce((now, code) => restyleOne(now, Number(code)), look);
}

function restyleOne(look: Look, code: number): Look {
  const style = STYLES[code];
  if (style !== undefined) return { ...look, ...style };
  const colour = COLOURS[code >= 90 ? code - 90 : code - 30];
  return colour === undefined && code !== 39 ? look : { ...look, colour: colour ?? null };
}

function drawRun({ at, text, look }: Run, row: number): string {
  const x = round(MARGIN + at * CELL.width);
  const y = BAR + MARGIN + row * CELL.height;
  const width = round(text.length * CELL.width);
  const colour = look.colour ?? TEXT;
  const ground = look.inverse
    ? `<rect x="${x}" y="${y}" width="${width}" height="${CELL.height}" fill="${colour}"/>`
    : '';
  const attributes = [
    `fill="${look.inverse ? GROUND : colour}"`,
    ...(look.bold ? ['font-weight="bold"'] : []),
    ...(look.dim ? ['opacity="0.65"'] : []),
  ].join(' ');
  return `${ground}<text x="${x}" y="${y + 13}" textLength="${width}" lengthAdjust="spacingAndGlyphs" xml:space="preserve" ${attributes}>${escaped(text)}</text>`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
