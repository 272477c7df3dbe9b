import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The repository's root: tests run compiled, from `dist/test`. */
export const ROOT = findRoot(import.meta.dirname);

function findRoot(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : findRoot(dirname(from));
}
