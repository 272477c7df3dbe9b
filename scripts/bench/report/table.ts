import type { Answer, Row } from '../ask.ts';
import { spreadOf } from '../figures.ts';
import type { Column } from '../questions/question.ts';

/** An answer as a Markdown table: medians, and in brackets what the rounds were between. */
export function answerTable({ question, rows }: Answer): string {
  const { columns } = question;
  const best = bestPeer({ question, rows });
  const head = [
    '',
    ...columns.map(({ heading }) => heading),
    `${columns[0]!.heading}, over the best peer`,
  ];
  const lines = rows.map((row) => [
    row.contender.label,
    ...columns.map((column) => cell(row, column)),
    ratioText(ratio(row, columns[0]!, best)),
  ]);
  return [head, head.map((_, at) => (at === 0 ? '---' : '--:')), ...lines]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

/** How many cores other programs kept busy meanwhile; `NaN` where that was not measured. */
export function othersCores({ rows }: Answer): number {
  const all = rows.flatMap(({ rounds }) => rounds);
  return spreadOf(all, 'others').median;
}

/** The first figure of sluice (the first contender) over that of the best peer. */
export function sluiceRatio(answer: Answer): number {
  return ratio(answer.rows[0]!, answer.question.columns[0]!, bestPeer(answer));
}

export function ratioText(value: number): string {
  return Number.isNaN(value) ? '–' : value.toFixed(2);
}

function bestPeer({ question, rows }: Answer): number {
  const peers = rows.filter(({ contender }) => contender.proxy.isPeer);
  const { key } = question.columns[0]!;
  return Math.min(...peers.map(({ rounds }) => spreadOf(rounds, key).median));
}

function ratio({ rounds }: Row, { key }: Column, best: number): number {
  return spreadOf(rounds, key).median / best;
}

function cell({ rounds }: Row, { key, digits }: Column): string {
  const { median, min, max } = spreadOf(rounds, key);
  if (Number.isNaN(median)) return '–';
  const [middle, low, high] = [median, min, max].map((value) => value.toFixed(digits));
  return `**${middle}** (${low}–${high})`;
}
