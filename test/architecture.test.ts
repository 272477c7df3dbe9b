import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { ROOT } from './support/root.ts';

const SRC = join(ROOT, 'src');

/** DESIGN.md section 5: imports point down, and stages never import each other. */
const LAYERS: Readonly<Record<string, number>> = {
  config: 1,
  inspect: 1,
  route: 1,
  balance: 1,
  dial: 1,
  engine: 1,
  session: 2,
  worker: 3,
  account: 3,
  control: 3,
  admin: 3,
  commands: 4,
  cli: 4,
};
const WORDS = ['address', 'cidr', 'protocol', 'proxy-protocol', 'server-name', 'termination'];
const MAX_FILE_LINES = 300;
const MAX_FOLDER_ENTRIES = 12;
const VAGUE_NAMES =
  /(?:^|-)(?:util|utils|helper|helpers|common|manager|misc|service|data|info|base|index)\.ts$/;

const files = sourceFiles(SRC);

test('imports point down the layers and stages never import each other', () => {
  const wrong = files.flatMap((file) =>
    importsOf(file)
      .filter((imported) => !mayImport(partOf(file), partOf(imported)))
      .map((imported) => `${relative(SRC, file)} imports ${relative(SRC, imported)}`),
  );
  assert.deepEqual(wrong, []);
});

test('every folder and top-level file has its place in the layers', () => {
  const parts = new Set(files.map(partOf));
  const unknown = [...parts].filter((part) => layerOf(part) === undefined);
  assert.deepEqual(unknown, []);
});

test('admin and account only read: they import nothing of control or of the worker threads', () => {
  const wrong = files
    .filter((file) => ['admin', 'account'].includes(partOf(file)))
    .filter((file) => importsOf(file).some((to) => ['control', 'worker'].includes(partOf(to))))
    .map((file) => relative(SRC, file));
  assert.deepEqual(wrong, []);
});

test('files and folders stay small, and are named for what they hold', () => {
  const long = files.filter((file) => lineCount(file) > MAX_FILE_LINES);
  const vague = files.filter((file) => VAGUE_NAMES.test(file));
  const crowded = [...new Set(files.map(dirname))].filter(
    (folder) => folder !== SRC && readdirSync(folder).length > MAX_FOLDER_ENTRIES,
  );
  assert.deepEqual({ long, vague, crowded }, { long: [], vague: [], crowded: [] });
});

test('only the commands print', () => {
  const printing = files
    .filter((file) => layerOf(partOf(file)) !== 4)
    .filter((file) => /\bconsole\.|process\.(?:stdout|stderr)\b/.test(readFileSync(file, 'utf8')))
    .map((file) => relative(SRC, file));
  assert.deepEqual(printing, []);
});

function mayImport(from: string, to: string): boolean {
  const [above, below] = [layerOf(from), layerOf(to)];
  if (above === undefined || below === undefined) return false;
  return from === to || below < above || (above === below && above !== 1);
}

function layerOf(part: string): number | undefined {
  return WORDS.includes(part) ? 0 : LAYERS[part];
}

/** The folder below `src`, or the top-level file's name. */
function partOf(file: string): string {
  return relative(SRC, file).split('/')[0]!.replace(/\.ts$/, '');
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const specifiers = [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(
    (match) => match[1]!,
  );
  return specifiers.map((specifier) => resolve(dirname(file), specifier));
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

function lineCount(file: string): number {
  return readFileSync(file, 'utf8').split('\n').length;
}
