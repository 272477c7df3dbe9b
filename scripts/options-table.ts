import { readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { renderOptionsTable } from '../src/config/option-docs.ts';
import { ROOT } from '../test/support/root.ts';

/**
 * options-table [--check] [FILE]: writes the table of options into README.md, or the file, between its
 * two markers. With `--check` it writes nothing, and fails where the table is not the one of the code.
 */

const MARKED = /(<!-- options -->\n).*?(<!-- \/options -->)/s;

process.exitCode = await main();

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { check: { type: 'boolean', default: false } },
  });
  const file = positionals[0] ?? join(ROOT, 'README.md');
  const before = await readFile(file, 'utf8');
  if (!MARKED.test(before)) return fail(file, 'has no <!-- options --> … <!-- /options -->');
  const after = before.replace(
    MARKED,
    (_, begin, end) => `${begin}${renderOptionsTable()}\n${end}`,
  );
  if (after === before) return 0;
  if (values.check)
    return fail(file, 'has an old table of options: run node dist/scripts/options-table.js');
  await writeFile(file, after);
  return 0;
}

function fail(file: string, reason: string): number {
  process.stderr.write(`${relative(process.cwd(), file)} ${reason}\n`);
  return 1;
}
