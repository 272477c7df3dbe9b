import { readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { renderMetricsTable } from '../src/account/metrics/reference.ts';
import { ROOT } from '../test/support/root.ts';

/**
 * metrics-table [--check] [FILE]: writes the reference of metrics into README.md, or the file, between its
 * two markers. With `--check` it writes nothing, and fails where the reference is not the one of the code.
 */

const MARKED = /(<!-- metrics -->\n).*?(<!-- \/metrics -->)/s;

process.exitCode = await main();

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { check: { type: 'boolean', default: false } },
  });
  const file = positionals[0] ?? join(ROOT, 'README.md');
  const before = await readFile(file, 'utf8');
  if (!MARKED.test(before)) return fail(file, 'has no <!-- metrics --> … <!-- /metrics -->');
  const after = before.replace(
    MARKED,
    (_, begin, end) => `${begin}${renderMetricsTable()}\n${end}`,
  );
  if (after === before) return 0;
  if (values.check)
    return fail(file, 'has an old reference of metrics: run node dist/scripts/metrics-table.js');
  await writeFile(file, after);
  return 0;
}

function fail(file: string, reason: string): number {
  process.stderr.write(`${relative(process.cwd(), file)} ${reason}\n`);
  return 1;
}
