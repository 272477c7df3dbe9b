import { readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../test/support/root.ts';

/** A part of README.md that is made of the code, between `<!-- NAME -->` and `<!-- /NAME -->`. */
export interface ReadmePart {
  readonly name: string;
  readonly text: string;
  /** Who writes it, from the root: `dist/scripts/options-table.js`. */
  readonly script: string;
}

/**
 * `[--check] [FILE]`: writes the part into README.md, or the file. With `--check` it writes nothing, and
 * fails where the part is not the one of the code. Resolves with the exit code.
 */
export async function writePart({ name, text, script }: ReadmePart): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { check: { type: 'boolean', default: false } },
  });
  const file = positionals[0] ?? join(ROOT, 'README.md');
  const marked = new RegExp(`(<!-- ${name} -->\n).*?(<!-- /${name} -->)`, 's');
  const before = await readFile(file, 'utf8');
  if (!marked.test(before)) return fail(file, `has no <!-- ${name} --> … <!-- /${name} -->`);
  const after = before.replace(
    marked,
    (_, begin: string, end: string) => `${begin}${text}\n${end}`,
  );
  if (after === before) return 0;
  if (values.check) return fail(file, `has an old part "${name}": run node ${script}`);
  await writeFile(file, after);
  return 0;
}

function fail(file: string, reason: string): number {
  process.stderr.write(`${relative(process.cwd(), file)} ${reason}\n`);
  return 1;
}
