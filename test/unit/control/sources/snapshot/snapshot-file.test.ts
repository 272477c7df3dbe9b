import assert from 'node:assert/strict';
import {
  chmod,
  mkdir,
  readdir,
  readFile,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RouteRecord } from '../../../../../src/control/sources/routes/route-record.ts';
import {
  encodeHeader,
  decodeHeader,
  HEADER_BYTES,
} from '../../../../../src/control/sources/snapshot/header.ts';
import { openSnapshot } from '../../../../../src/control/sources/snapshot/snapshot-file.ts';
import {
  confirmSnapshot,
  writeSnapshot,
} from '../../../../../src/control/sources/snapshot/write.ts';
import { makeFolder } from '../../../../support/folder.ts';

const META = { from: 'redis://127.0.0.1:6379', database: 0, prefix: '' };
const AS_OF = Date.UTC(2026, 10, 22);

test('every route of a snapshot is found, by name and as a whole', async () => {
  await using folder = await makeFolder();
  const path = folder.file('routes');
  const routes = manyRoutes(1000);
  await writeSnapshot(path, { ...META, asOf: AS_OF, routes });
  await using file = await opened(path);
  assert.equal(file.asOf, AS_OF);
  assert.equal(file.count, 1000);
  for (const [pattern, one] of routes) assert.deepEqual(await file.find(pattern), one);
  assert.equal(await file.find('unknown.test'), null);
  assert.deepEqual(await loadAll(path), routes);
});

test('all that a route can be is kept', async () => {
  await using folder = await makeFolder();
  const path = folder.file('routes');
  const routes = new Map([
    ['*.a.test', record({ draining: ['10.0.0.2'] })],
    ['httpDefault', record({ acme: ['10.0.0.3:8080'] })],
    [
      'b.test',
      record({ backends: ['ü "quoted"', ''], options: { __proto__x: '1', allow: '10.0.0.0/8' } }),
    ],
  ]);
  await writeSnapshot(path, { ...META, asOf: AS_OF, routes });
  assert.deepEqual(await loadAll(path), routes);
});

test('a snapshot without routes is one', async () => {
  await using folder = await makeFolder();
  const path = folder.file('routes');
  await writeSnapshot(path, { ...META, asOf: AS_OF, routes: new Map() });
  assert.deepEqual(await loadAll(path), new Map());
  await using file = await opened(path);
  assert.equal(await file.find('a.test'), null);
});

test('of a route that changed while it was written the newest is told', async () => {
  await using folder = await makeFolder();
  const path = folder.file('routes');
  const [old, fresh] = [record({ backends: ['10.0.0.1'] }), record({ backends: ['10.0.0.2'] })];
  const routes = [
    ['a.test', old],
    ['b.test', old],
    ['a.test', fresh],
  ] as const;
  await writeSnapshot(path, { ...META, asOf: AS_OF, routes });
  await using file = await opened(path);
  assert.deepEqual(await file.find('a.test'), fresh);
  assert.deepEqual((await loadAll(path)).get('a.test'), fresh);
});

test('what is not there is no snapshot', async () => {
  await using folder = await makeFolder();
  assert.equal(await openSnapshot(folder.file('routes'), META), null);
});

test('a snapshot is cut off at no byte without being refused', async () => {
  await using folder = await makeFolder();
  const path = folder.file('routes');
  await writeSnapshot(path, { ...META, asOf: AS_OF, routes: manyRoutes(3) });
  const { size } = await stat(path);
  for (let length = size - 1; length >= 0; length--) {
    await truncate(path, length);
    await assert.rejects(
      openSnapshot(path, META),
      /is not a snapshot of routes|is damaged: \d+ bytes/,
    );
  }
});

test('no flipped bit gives a route that was not written', async () => {
  await using folder = await makeFolder();
  const path = folder.file('routes');
  const routes = manyRoutes(40);
  await writeSnapshot(path, { ...META, asOf: AS_OF, routes });
  const good = await readFile(path);
  const bits = fc.nat({ max: good.length * 8 - 1 });
  await fc.assert(
    fc.asyncProperty(bits, async (bit) => {
      const bad = Buffer.from(good);
      bad[bit >> 3]! ^= 1 << (bit & 7);
      await writeFile(path, bad);
      const read = await loadAll(path).catch((error: Error) => error);
      // Four bytes at the very end mean nothing.
      if (read instanceof Map) assert.deepEqual(read, routes);
      else assert.match(read.message, /^is (?:damaged|not|of version)/);
    }),
    { numRuns: 300 },
  );
});

test('what is another file, of another version or another source is refused in words', async () => {
  await using folder = await makeFolder();
  const path = folder.file('routes');
  await writeFile(path, `${JSON.stringify({ 'a.test': ['10.0.0.1'] })}${' '.repeat(HEADER_BYTES)}`);
  await assert.rejects(openSnapshot(path, META), { message: 'is not a snapshot of routes' });
  await writeSnapshot(path, { ...META, asOf: AS_OF, routes: manyRoutes(3) });
  await assert.rejects(openSnapshot(path, { ...META, prefix: 'x:' }), {
    message: 'is not of redis://127.0.0.1:6379, database 0, prefix "x:"',
  });
  const bytes = await readFile(path);
  bytes.writeUInt32LE(7, 8);
  await writeFile(path, bytes);
  await assert.rejects(openSnapshot(path, META), { message: 'is of version 7, not 1' });
  await assert.rejects(openSnapshot(folder.path, META), { message: 'is not a file' });
  await truncate(path, 2 ** 30 + 1);
  await assert.rejects(openSnapshot(path, META), { message: 'is larger than 1 GiB' });
});

test('what no source could give is not taken from a snapshot either', async () => {
  await using folder = await makeFolder();
  const path = folder.file('routes');
  const hostile: readonly (readonly [string, RouteRecord])[] = [
    ['UPPER.test', record({})],
    ['a.test', record({ backends: Array.from({ length: 257 }, (_, i) => `10.0.0.${i}`) })],
    ['a.test', record({ backends: ['x'.repeat(513)] })],
    ['a.test', record({ options: { allow: 'x'.repeat(4097) } })],
    ['a.test', record({ backends: [] })],
    ['a.test', { ...record({}), backends: 'text' as unknown as string[] }],
    ['a.test', { ...record({}), options: { a: 1 } as unknown as Record<string, string> }],
  ];
  for (const entry of hostile) {
    await writeSnapshot(path, { ...META, asOf: AS_OF, routes: [entry] });
    await assert.rejects(loadAll(path), { message: 'holds what no route can be' });
  }
});

test('a header that points outside of the file is refused though its checksum is right', async () => {
  const header = {
    asOf: AS_OF,
    count: 1,
    bucketBits: 0,
    seed: 0,
    metaBytes: 2,
    metaCrc: 0,
    indexAt: 84,
    fileBytes: 100,
  };
  assert.deepEqual(decodeHeader(encodeHeader(header), 100), header);
  const damage = [
    { bucketBits: 31 },
    { asOf: NaN },
    { asOf: -1 },
    { asOf: 9e15 },
    { metaBytes: 5000 },
    { indexAt: 10 },
    { indexAt: 2 ** 31 },
  ];
  for (const one of damage) {
    assert.throws(() => decodeHeader(encodeHeader({ ...header, ...one }), 100), /is damaged/);
  }
});

test('a snapshot is for nobody else to read, and leaves nothing beside it', async () => {
  await using folder = await makeFolder();
  const path = folder.file('routes');
  // Of an edge that was killed while it wrote: process ids end far below this one.
  await writeFile(`${path}.999999999.tmp`, 'half');
  await writeSnapshot(path, { ...META, asOf: AS_OF, routes: manyRoutes(3) });
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(folder.path), ['routes']);
});

test('a link in the place of the temporary file is not followed', async () => {
  await using folder = await makeFolder();
  const path = folder.file('routes');
  await writeFile(folder.file('precious'), 'precious');
  await symlink(folder.file('precious'), `${path}.${process.pid}.tmp`);
  await writeSnapshot(path, { ...META, asOf: AS_OF, routes: manyRoutes(3) });
  assert.equal(await readFile(folder.file('precious'), 'utf8'), 'precious');
});

test('a write that fails leaves the snapshot before it', async () => {
  await using folder = await makeFolder();
  const path = folder.file('routes');
  await writeSnapshot(path, { ...META, asOf: AS_OF, routes: manyRoutes(3) });
  await assert.rejects(writeSnapshot(path, { ...META, asOf: AS_OF, routes: failing() }), /broke/);
  assert.deepEqual(await loadAll(path), manyRoutes(3));
  assert.deepEqual(await readdir(folder.path), ['routes']);
});

test('a folder that is not there or may not be written to is an error', async (t) => {
  await using folder = await makeFolder();
  const routes = manyRoutes(3);
  const write = (path: string) => writeSnapshot(path, { ...META, asOf: AS_OF, routes });
  await assert.rejects(write(folder.file('no/routes')), { code: 'ENOENT' });
  if (process.getuid?.() === 0) return t.diagnostic('root may write anywhere');
  await mkdir(folder.file('closed'));
  await chmod(folder.file('closed'), 0o500);
  await assert.rejects(write(folder.file('closed/routes')), { code: 'EACCES' });
});

test('a snapshot is noted to be still current without being written anew', async () => {
  await using folder = await makeFolder();
  const path = folder.file('routes');
  await writeSnapshot(path, { ...META, asOf: AS_OF, routes: manyRoutes(3) });
  const { ino } = await stat(path);
  await confirmSnapshot(path, AS_OF + 5000);
  await using file = await opened(path);
  assert.equal(file.asOf, AS_OF + 5000);
  assert.equal((await stat(path)).ino, ino);
  assert.deepEqual(await loadAll(path), manyRoutes(3));
});

function manyRoutes(count: number): Map<string, RouteRecord> {
  const names = Array.from({ length: count }, (_, i) => `app-${i}.example.com`);
  return new Map(names.map((name, i) => [name, record({ backends: [`10.0.0.${i}`] })]));
}

function record(parts: Partial<RouteRecord>): RouteRecord {
  const backends = Object.keys(parts).length === 0 ? ['10.0.0.1'] : [];
  return { backends, draining: [], acme: [], options: {}, ...parts };
}

function* failing(): Generator<readonly [string, RouteRecord], void> {
  yield ['a.test', record({})];
  throw new Error('broke');
}

async function opened(path: string) {
  const file = await openSnapshot(path, META);
  assert.ok(file !== null);
  return file;
}

async function loadAll(path: string): Promise<Map<string, RouteRecord>> {
  await using file = await opened(path);
  const all = new Map<string, RouteRecord>();
  for await (const slice of file.load()) for (const [key, one] of slice) all.set(key, one);
  return new Map([...all].sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1)));
}
