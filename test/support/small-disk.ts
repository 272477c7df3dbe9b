import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LogFile } from '../../src/account/log/log-file.ts';
import { eventually } from './wait.ts';

/** A program: writes lines to a log on a disk that fills up and then has room again; prints what became of them. */

const [folder = ''] = process.argv.slice(2);
const file = join(folder, 'access.log');
const filler = join(folder, 'filler');
const lineOf = (n: number) => `{"n":${n},"pad":"${'x'.repeat(80)}"}\n`;
const LINES = 400;
const MORE = 10;

writeFileSync(filler, Buffer.alloc(40_000));
const log = new LogFile(file, () => {});
for (let n = 0; n < LINES; n++) log.write(lineOf(n));
await eventually(() => log.isFailing && log.queued === 0);
rmSync(filler);
for (let n = 0; n < MORE; n++) log.write(lineOf(LINES + n));
await log.close();
const lines = readFileSync(file, 'latin1').split('\n');
const last = lines.pop();
console.log(JSON.stringify({ sent: LINES + MORE, dropped: log.dropped, last, lines }));
