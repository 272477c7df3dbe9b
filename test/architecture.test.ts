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
/** What the planes may import of each other, and why. `admin` and `account` only read: they import none. */
const BETWEEN_PLANES: Readonly<Record<string, string>> = {
  'worker → account': 'a worker counts its sessions and writes their access lines',
  'control → account': 'the control plane allots the counters and adds them up when it is scraped',
  'control → worker':
    'it starts the threads, speaks their messages and allots the memory they share',
};
const MAX_FILE_LINES = 300;
// A folder that does not fit a glance holds more than one idea. A subfolder counts as one entry, and
// `src` itself has the layers as its order.
const MAX_FOLDER_ENTRIES = 12;
const VAGUE_NAMES =
  /(?:^|-)(?:util|utils|helper|helpers|common|manager|misc|service|data|info|base|index)\.ts$/;

const files = sourceFiles(SRC);

test('an import is seen however it is written', () => {
  const text = `
    import { a } from './a.ts'; import type {
      B,
    } from '../b.ts';
    export { c } from './c.ts';
    import './d.ts';
    await import('./e.ts');
    new Worker(new URL('../f/main.js', import.meta.url));
    new URL(
      './g.js', import.meta.url);`;
  const names = ['./a.ts', '../b.ts', './c.ts', './d.ts', './e.ts', '../f/main.js', './g.js'];
  assert.deepEqual(specifiersIn(text), names);
});

test('imports point down the layers, stages never import each other, planes only as listed', () => {
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

test('what the planes are allowed of each other, they need', () => {
  const used = files.flatMap((file) =>
    importsOf(file).map((imported) => `${partOf(file)} → ${partOf(imported)}`),
  );
  const idle = Object.keys(BETWEEN_PLANES).filter((pair) => !used.includes(pair));
  assert.deepEqual(idle, []);
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
  if (from === to || above !== below) return below <= above;
  // Words are made of words, and `cli` is a list of commands.
  return above === 0 || from === 'cli' || Object.hasOwn(BETWEEN_PLANES, `${from} → ${to}`);
}

function layerOf(part: string): number | undefined {
  return WORDS.includes(part) ? 0 : LAYERS[part];
}

/** The folder below `src`, or the top-level file's name. */
function partOf(file: string): string {
  return relative(SRC, file)
    .split('/')[0]!
    .replace(/\.[jt]s$/, '');
}

function importsOf(file: string): string[] {
  return specifiersIn(readFileSync(file, 'utf8')).map((to) => resolve(dirname(file), to));
}

/** The relative paths a module names: its imports, and the URLs of threads that it starts. */
function specifiersIn(text: string): string[] {
  const names = text.matchAll(/\b(?:from|import|import\(|new URL\()\s*'(\.[^']+)'/g);
  return [...names].map((match) => match[1]!);
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
