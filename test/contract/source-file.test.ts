import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { FileSource } from '../../src/control/sources/file.ts';
import { EMPTY_RECORD, type RouteRecord } from '../../src/control/sources/routes/route-record.ts';
import { RecordingLog, RecordingSink, sourceContract, type SourceWorld } from './source.ts';

sourceContract('a JSON file', () => openFile('routes.json'));
sourceContract('a YAML file', () => openFile('routes.yaml'));

const NEVER = 2 ** 30;

test('a file that is written in place, replaced by a rename or reached anew is read again', async () => {
  await using folder = await openFolder();
  const path = join(folder.path, 'routes.json');
  await writeFile(path, routes('10.0.0.1'));
  await using source = opened(path, NEVER);
  const { sink } = source;
  await sink.untilRoute('app.example.com', '10.0.0.1');
  await writeFile(path, routes('10.0.0.2'));
  await sink.untilRoute('app.example.com', '10.0.0.2');
  await replaceFile(path, routes('10.0.0.3'));
  await sink.untilRoute('app.example.com', '10.0.0.3');
  await replaceFile(path, routes('10.0.0.4'));
  await sink.untilRoute('app.example.com', '10.0.0.4');
});

test('a file behind links that are swapped, as Kubernetes mounts it, is read again', async () => {
  await using folder = await openFolder();
  const at = (...names: string[]) => join(folder.path, ...names);
  for (const [version, backend] of Object.entries({ one: '10.0.0.1', two: '10.0.0.2' })) {
    await mkdir(at(version));
    await writeFile(at(version, 'routes.json'), routes(backend));
  }
  await symlink('one', at('..data'));
  await symlink(join('..data', 'routes.json'), at('routes.json'));
  await using source = opened(at('routes.json'), NEVER);
  await source.sink.untilRoute('app.example.com', '10.0.0.1');
  await symlink('two', at('..next'));
  await rename(at('..next'), at('..data'));
  await source.sink.untilRoute('app.example.com', '10.0.0.2');
});

test('a folder that is not there yet is found when it comes, and when it comes back', async () => {
  await using folder = await openFolder();
  const path = join(folder.path, 'later', 'routes.json');
  await using source = opened(path, 50);
  await source.log.untilLine('does not exist');
  assert.equal(source.source.status.ready, false);
  for (const backend of ['10.0.0.1', '10.0.0.2']) {
    await rm(dirname(path), { recursive: true, force: true });
    await mkdir(dirname(path));
    await replaceFile(path, routes(backend));
    await source.sink.untilRoute('app.example.com', backend);
  }
});

test('a broken file says where it is broken, and once', async () => {
  await using folder = await openFolder();
  const path = join(folder.path, 'routes.yaml');
  await writeFile(path, 'app.example.com: {backends: [10.0.0.1]}\n');
  await using source = opened(path, NEVER);
  await source.sink.untilRoute('app.example.com', '10.0.0.1');
  await replaceFile(path, 'a.example.com: {backends: [10.0.0.1]}\nb.example.com: {backends: [\n');
  const line = await source.log.untilLine('cannot be used');
  assert.match(line, /routes\.yaml:3:1: is not YAML/);
  assert.deepEqual([...source.sink.routes.keys()], ['app.example.com']);
  assert.equal(source.source.status.counters.syncs.invalidate.error, 1);
});

test('an empty file is a broken one: an editor may be about to fill it', async () => {
  await using folder = await openFolder();
  const path = join(folder.path, 'routes.yaml');
  await writeFile(path, 'app.example.com: {backends: [10.0.0.1]}\n');
  await using source = opened(path, NEVER);
  await source.sink.untilRoute('app.example.com', '10.0.0.1');
  await replaceFile(path, '');
  await source.log.untilLine('is not a mapping');
  assert.equal(source.sink.routes.size, 1);
});

async function openFile(name: string): Promise<SourceWorld> {
  const folder = await openFolder();
  const path = join(folder.path, name);
  const content = new Map<string, RouteRecord>();
  const log = new RecordingLog();
  const source = new FileSource({ path, log, pollMs: NEVER });
  // JSON is YAML too, so one writer serves both names.
  const edit = (key: string, parts: Partial<RouteRecord>) => {
    content.set(key, { ...(content.get(key) ?? EMPTY_RECORD), ...parts });
    const entries = [...content].flatMap(([host, record]) => written(host, record));
    return replaceFile(path, JSON.stringify(Object.fromEntries(entries)));
  };
  return {
    source,
    log,
    lostLine: 'cannot be used',
    write: (key, ...backends) => edit(key, { backends }),
    writePart: (key, part, value) => edit(key, { [part]: value }),
    lose: () => writeFile(path, '{"app.example.com": {"backends": ['),
    restore: (key, ...backends) => edit(key, { backends }),
    async [Symbol.asyncDispose]() {
      await source.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** The entry of a route in a file: only the parts that it has. */
function written(host: string, record: RouteRecord): [string, object][] {
  const { options, ...sets } = record;
  const lists = Object.entries(sets).filter(([, members]) => members.length > 0);
  const entry = { ...Object.fromEntries(lists), ...options };
  return Object.keys(entry).length === 0 ? [] : [[host, entry]];
}

function opened(path: string, pollMs: number) {
  const log = new RecordingLog();
  const sink = new RecordingSink();
  const source = new FileSource({ path, log, pollMs });
  source.start(sink);
  return { source, sink, log, [Symbol.asyncDispose]: () => source.close() };
}

async function openFolder() {
  const path = await mkdtemp(join(tmpdir(), 'sluice-routes-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

// As editors do: write beside, then rename over.
async function replaceFile(path: string, content: string): Promise<void> {
  const beside = join(dirname(path), `.${basename(path)}.new`);
  await writeFile(beside, content);
  await rename(beside, path);
}

function routes(backend: string): string {
  return JSON.stringify({ 'app.example.com': { backends: [backend] } });
}
