import { arrange, draw, make, put } from './element.js';
import { bytes, clock, milliseconds, rate } from './words.js';

const SPAN_MS = 300_000;
// An overview comes each second: where none came for this long the line is broken.
const GAP_MS = 3500;
const WIDTH = 300;
const HEIGHT = 64;

const CHARTS = [
  {
    title: 'Sessions a second',
    show: rate,
    lines: [{ of: ({ rates }) => rates.sessions }],
  },
  {
    title: 'Failures a second',
    className: 'failing',
    show: rate,
    lines: [{ of: ({ rates }) => rates.failures }],
  },
  {
    title: 'Bytes a second',
    show: bytes,
    lines: [
      { name: 'from backends', of: ({ rates }) => rates.bytesFromBackend },
      { name: 'from clients', of: ({ rates }) => rates.bytesFromClient },
    ],
  },
  {
    title: 'Time to connect',
    show: milliseconds,
    lines: [
      { name: 'median', of: ({ connectMs }) => connectMs.p50 },
      { name: 'p99', of: ({ connectMs }) => connectMs.p99 },
    ],
  },
];

/** The charts of the last five minutes. What they show is kept in the page and nowhere else. */
export class Charts {
  #samples = [];
  #charts = CHARTS.map((kind) => new Chart(kind));
  #pointedAt = null;

  constructor(root) {
    arrange(
      root,
      this.#charts.map(({ figure }) => figure),
    );
    root.addEventListener('pointermove', (event) => this.#point(event));
    root.addEventListener('pointerleave', () => this.#point(null));
  }

  add(overview) {
    const at = Date.parse(overview.time);
    // A clock that was set back would draw backwards.
    if (at <= (this.#samples.at(-1)?.at ?? 0)) this.#samples = [];
    this.#samples.push({ at, overview: { rates: overview.rates, connectMs: overview.connectMs } });
    while (this.#samples[0].at < at - SPAN_MS) this.#samples.shift();
    this.#draw();
  }

  #point(event) {
    const plot = event?.target.closest('.plot');
    const box = plot?.getBoundingClientRect();
    this.#pointedAt = box ? (event.clientX - box.left) / box.width : null;
    if (this.#samples.length > 0) this.#draw();
  }

  #draw() {
    const end = this.#samples.at(-1).at;
    for (const chart of this.#charts)
      chart.draw(this.#samples, end, this.#nearest(end - SPAN_MS, this.#pointedAt));
  }

  #nearest(start, part) {
    if (part === null) return null;
    const at = start + part * SPAN_MS;
    const distance = (sample) => Math.abs(sample.at - at);
    return this.#samples.reduce((best, each) => (distance(each) < distance(best) ? each : best));
  }
}

/** One picture: the value in large, what it was at most, and its line. */
class Chart {
  #kind;
  #values;
  #note = make('small');
  #paths;
  #cursor = draw('line', { class: 'cursor', y1: 0, y2: HEIGHT });
  #plot = draw('svg', {
    class: 'plot',
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: 'none',
    role: 'img',
  });

  constructor(kind) {
    this.#kind = kind;
    this.#values = kind.lines.map(() => make('strong'));
    this.#paths = kind.lines.map((_, at) => ({
      area: draw('path', { class: `area line-${at}` }),
      line: draw('path', { class: `line line-${at}` }),
    }));
    const base = draw('line', { class: 'base', x1: 0, x2: WIDTH, y1: HEIGHT, y2: HEIGHT });
    this.#plot.append(base, ...this.#paths.flatMap(({ area, line }) => [area, line]), this.#cursor);
    this.figure = make(
      'figure',
      `card ${kind.className ?? ''}`,
      this.#caption(),
      this.#plot,
      this.#note,
    );
  }

  #caption() {
    const values = this.#kind.lines.map(({ name }, at) =>
      make('span', `value line-${at}`, this.#values[at], name ? make('span', 'name', name) : null),
    );
    return make(
      'figcaption',
      '',
      make('h2', '', this.#kind.title),
      make('span', 'values', ...values),
    );
  }

  draw(samples, end, pointed) {
    const { lines, show, title } = this.#kind;
    const told = pointed ?? samples.at(-1);
    const highest = highestOf(samples, lines);
    lines.forEach((line, at) => {
      put(this.#values[at], show(line.of(told.overview)));
      const traced = trace(samples, line, end, highest || 1);
      this.#paths[at].line.setAttribute('d', traced.line);
      this.#paths[at].area.setAttribute('d', traced.area);
    });
    const at = pointed === null ? -10 : placeOf(pointed.at, end);
    this.#cursor.setAttribute('x1', at);
    this.#cursor.setAttribute('x2', at);
    const most = `highest in 5 min: ${show(highest)}`;
    put(this.#note, pointed === null ? most : `at ${clock(pointed.at)}`);
    this.#plot.setAttribute('aria-label', `${title}, the last five minutes: ${most}`);
  }
}

function highestOf(samples, lines) {
  const values = samples.flatMap(({ overview }) => lines.map(({ of }) => of(overview) ?? 0));
  return Math.max(0, ...values);
}

function placeOf(at, end) {
  return Math.round((WIDTH * (at - end + SPAN_MS) * 10) / SPAN_MS) / 10;
}

/** The line of the values and the area below it, as paths; broken where nothing is known. */
function trace(samples, { of }, end, highest) {
  let line = '';
  let area = '';
  let last = null;
  for (const { at, overview } of samples) {
    const value = of(overview);
    if (value === null) continue;
    const x = placeOf(at, end);
    const y = Math.round((HEIGHT - 1 - (value / highest) * (HEIGHT - 5)) * 10) / 10;
    const isNext = last !== null && at - last.at <= GAP_MS;
    if (last !== null && !isNext) area += `L${last.x} ${HEIGHT}Z`;
    line += `${isNext ? 'L' : 'M'}${x} ${y}`;
    area += isNext ? `L${x} ${y}` : `M${x} ${HEIGHT}L${x} ${y}`;
    last = { at, x };
  }
  return { line, area: last === null ? '' : `${area}L${last.x} ${HEIGHT}Z` };
}
