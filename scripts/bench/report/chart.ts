import type { Answer } from '../ask.ts';
import { spreadOf } from '../figures.ts';
import { ratioText } from './table.ts';

const WIDTH = 720;
const LABEL_WIDTH = 190;
const VALUE_WIDTH = 50;
const BAR_HEIGHT = 14;
const ROW_HEIGHT = 20;
const TITLE_HEIGHT = 34;
/** What is longer is cut off: its number says how long it is. */
const MAX_RATIO = 3;
const TICK = 1;

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600 }
  .bar { fill: #8c959f }
  .sluice { fill: #0969da }
  line { stroke: #8c959f; stroke-dasharray: 3 3 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .bar { fill: #6e7681 }
    .sluice { fill: #58a6ff }
  }`;

/** Bars of each contender's first figure over the best peer's, for the questions that have a bar. */
export function ratioChart(answers: readonly Answer[]): string {
  const parts: string[] = [];
  let top = 0;
  for (const answer of answers.filter(({ question }) => question.bar !== undefined)) {
    const bars = barsOf(answer);
    parts.push(group(answer, bars, top));
    top += TITLE_HEIGHT + bars.length * ROW_HEIGHT;
  }
  const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top + 8}" role="img">`;
  return [open, `<style>${STYLE}\n</style>`, ...parts, '</svg>', ''].join('\n');
}

interface Bar {
  readonly label: string;
  readonly ratio: number;
  readonly isPeer: boolean;
}

function barsOf({ question, rows }: Answer): Bar[] {
  const { key } = question.columns[0]!;
  const medians = rows.map(({ contender, rounds }) => ({
    label: contender.label,
    isPeer: contender.proxy.isPeer,
    median: spreadOf(rounds, key).median,
  }));
  const best = Math.min(...medians.filter(({ isPeer }) => isPeer).map(({ median }) => median));
  return medians
    .filter(({ median }) => !Number.isNaN(median))
    .map(({ median, ...bar }) => ({ ...bar, ratio: median / best }));
}

function group({ question }: Answer, bars: readonly Bar[], top: number): string {
  const scale = (WIDTH - LABEL_WIDTH - VALUE_WIDTH) / MAX_RATIO;
  const tick = LABEL_WIDTH + TICK * scale;
  const title = `${question.columns[0]!.heading}, ${question.id}: the best peer is 1`;
  const first = top + TITLE_HEIGHT;
  return [
    `<text class="title" x="0" y="${top + 24}">${title}</text>`,
    ...bars.map((bar, at) => barLine(bar, first + at * ROW_HEIGHT, scale)),
    `<line x1="${tick}" x2="${tick}" y1="${first - 4}" y2="${first + bars.length * ROW_HEIGHT}"/>`,
  ].join('\n');
}

function barLine({ label, ratio, isPeer }: Bar, top: number, scale: number): string {
  const width = Math.max(1, Math.min(ratio, MAX_RATIO) * scale).toFixed(1);
  const text = top + BAR_HEIGHT - 3;
  return [
    `<text x="${LABEL_WIDTH - 8}" y="${text}" text-anchor="end">${label}</text>`,
    `<rect class="${isPeer ? 'bar' : 'sluice'}" x="${LABEL_WIDTH}" y="${top}" width="${width}" height="${BAR_HEIGHT}"/>`,
    `<text x="${LABEL_WIDTH + Number(width) + 6}" y="${text}">${ratioText(ratio)}</text>`,
  ].join('');
}
