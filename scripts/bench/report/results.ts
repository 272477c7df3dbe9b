import type { Answer } from '../ask.ts';
import type { Pace } from '../questions/question.ts';
import { loggingRatio, LOGGING_MUST } from './logging.ts';
import { answerTable, othersCores, ratioText, sluiceRatio } from './table.ts';

/** Below this the machine was ours. */
const QUIET_CORES = 0.1;

/** Everything that was measured, as a Markdown page. */
export function resultsPage(
  answers: readonly Answer[],
  machine: readonly string[],
  pace: Pace,
): string {
  return [
    '# What sluice costs, beside its peers',
    `Written by \`scripts/bench/run\` on ${new Date().toISOString().slice(0, 10)}; [README.md](README.md) says how it is measured.`,
    machine.map((line) => `- ${line}`).join('\n'),
    `${pace.rounds} rounds of ${pace.measureMs / 1000} s each: medians, and in brackets what the rounds were between. Compare rows, not runs.`,
    '## The bar',
    noiseNote(answers),
    barTable(answers),
    ...answers.flatMap((answer) => [`## ${answer.question.title}`, answerTable(answer)]),
    '',
  ].join('\n\n');
}

/** What was asked of sluice and what came of it. */
export function barTable(answers: readonly Answer[]): string {
  const rows = answers.flatMap((answer) => {
    const { id, bar, columns } = answer.question;
    if (bar === undefined) return [];
    return [
      `| ${id}: ${columns[0]!.heading} | ${ratioText(sluiceRatio(answer))} | ≤ ${bar.must.toFixed(2)} | ≤ ${bar.aim.toFixed(2)} |`,
    ];
  });
  const logging = answers
    .flatMap(loggingRatio)
    .map(
      (ratio) =>
        `| the same with the access log on, over without | ${ratioText(ratio)} | ≤ ${LOGGING_MUST.toFixed(2)} | |`,
    );
  return [
    '| sluice over the best peer | measured | must | aim |',
    '|---|--:|--:|--:|',
    ...rows,
    ...logging,
  ].join('\n');
}

/** Whether the machine was ours: when it is shared, everything costs more, and not everything as much more. */
function noiseNote(answers: readonly Answer[]): string {
  const cores = answers.map(othersCores).filter((others) => !Number.isNaN(others));
  const worst = Math.max(0, ...cores);
  if (worst < QUIET_CORES) return 'Nothing else ran on the machine.';
  return `**Other programs kept up to ${worst.toFixed(1)} cores busy meanwhile: repeat it on a quiet machine.**`;
}
