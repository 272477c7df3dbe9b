import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../../../test/support/root.ts';
import { dashboard } from './dashboard.ts';

/**
 * write [--check]: writes the dashboard to `scripts/deploy/grafana/sluice.json`. With `--check` it writes
 * nothing, and fails where the file is not the one of the code.
 */

const FILE = join(ROOT, 'scripts/deploy/grafana/sluice.json');

const text = `${JSON.stringify(dashboard(), null, 2)}\n`;
if (!process.argv.includes('--check')) await writeFile(FILE, text);
else if ((await readFile(FILE, 'utf8')) !== text) {
  process.stderr.write('sluice.json is old: run node dist/scripts/deploy/grafana/write.js\n');
  process.exitCode = 1;
}
