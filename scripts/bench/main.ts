import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../../test/support/root.ts';
import { ask, type Answer, type Bench } from './ask.ts';
import { Tally } from './load/tally.ts';
import { Wire } from './load/wire.ts';
import { describeMachine } from './machine.ts';
import { readOptions, type BenchOptions } from './options.ts';
import { findCores, pin } from './proxies/cores.ts';
import { ratioChart } from './report/chart.ts';
import { barTable, resultsPage } from './report/results.ts';
import { answerTable } from './report/table.ts';

// Measures sluice beside its peers. Started by scripts/bench/run in the repository's root.

const { questions, pace, isFull } = readOptionsOrExit();
const cores = findCores();
pin(process.pid, cores.load);
const bench: Bench = {
  wire: new Wire(),
  tally: new Tally(),
  pace,
  cores,
  progress: (line) => console.error(line),
};

const answers: Answer[] = [];
for (const question of questions) {
  const answer = await ask(question, bench);
  answers.push(answer);
  console.log(`\n${question.title}\n\n${answerTable(answer)}\n`);
}
console.log(barTable(answers));

// Only what was measured in full replaces what is published.
const folder = join(ROOT, isFull ? 'scripts/bench' : '.build/bench-results');
await mkdir(folder, { recursive: true });
await writeFile(join(folder, 'RESULTS.md'), resultsPage(answers, describeMachine(), pace));
await writeFile(join(folder, 'chart.svg'), ratioChart(answers));
console.log(`\nwritten: ${join(folder, 'RESULTS.md')}, chart.svg`);

function readOptionsOrExit(): BenchOptions {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`bench: ${(error as Error).message}`);
    return process.exit(2);
  }
}
