import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The version in package.json: the one place where it is written. */
export function readVersion(): string {
  const text = readFileSync(join(findPackage(import.meta.dirname), 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

// Compiled output may lie at any depth below the package.
function findPackage(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : findPackage(dirname(from));
}
