import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import {
  EMPTY_RECORD,
  type RouteRecord,
} from '../../../../src/control/sources/routes/route-record.ts';
import { MAX_BYTES, readRoutesFile } from '../../../../src/control/sources/file/read-routes.ts';

const ROUTES = {
  'app.example.com': ['10.0.0.2', '10.0.0.1:8443?weight=5'],
  '*.example.com': ['unix:/run/app.sock'],
  httpsDefault: ['10.0.0.3'],
};

const YAML = `# The shop
app.example.com: {backends: [10.0.0.2, "10.0.0.1:8443?weight=5"]}
"*.example.com":
  backends:
    - unix:/run/app.sock
httpsDefault: &default
  backends: [10.0.0.3]
`;

test('YAML and JSON say the same, in the order in which backends are listed', async () => {
  await using folder = await openFolder();
  const json = Object.entries(ROUTES).map(([host, backends]) => [host, { backends }]);
  for (const path of [
    await folder.write('routes.yaml', YAML),
    await folder.write('routes.YML', YAML),
    await folder.write('routes.json', JSON.stringify(Object.fromEntries(json))),
    await folder.write('routes', `\uFEFF${JSON.stringify(Object.fromEntries(json))}`),
  ]) {
    const { routes, complaints, broken } = await readRoutesFile(path);
    assert.deepEqual(
      { routes: backendsOf(routes), complaints, broken },
      {
        routes: ROUTES,
        complaints: [],
        broken: false,
      },
    );
  }
});

test('every complaint is collected, and what is right is taken', async () => {
  await using folder = await openFolder();
  const path = await folder.write(
    'routes.yaml',
    `App.example.com: {backends: [10.0.0.1]}
good.example.com: {backends: [10.0.0.1]}
list.example.com: [10.0.0.1]
text.example.com: 10.0.0.1
none.example.com: {}
null.example.com:
part.example.com: {backends: [10.0.0.1, 443, null], weight: 5}
gone.example.com: {backends: []}
`,
  );
  const { routes, complaints, broken } = await readRoutesFile(path);
  assert.equal(broken, false);
  assert.deepEqual([...routes.keys()], ['good.example.com', 'part.example.com']);
  assert.deepEqual(routes.get('part.example.com')?.backends, ['10.0.0.1']);
  assert.deepEqual(
    complaints.map(({ path: at, reason }) => `${at.replace(path, 'F')} ${reason}`),
    [
      'F: "App.example.com" has upper case: names are looked up in lower case',
      'F: "list.example.com" is not a mapping with a list of `backends`',
      'F: "text.example.com" is not a mapping with a list of `backends`',
      'F: "none.example.com" has no list of `backends`',
      'F: "null.example.com" is not a mapping with a list of `backends`',
      'F: "part.example.com" has an unknown option "weight"',
      'F: "part.example.com" has something else than text in backends[1]',
      'F: "part.example.com" has something else than text in backends[2]',
    ],
  );
});

test('draining and ACME backends and options stand beside the backends', async () => {
  await using folder = await openFolder();
  const path = await folder.write(
    'routes.yaml',
    `app.example.com:
  backends: [10.0.0.1]
  draining: [10.0.0.2]
  acme: ["10.0.0.3:8443"]
  max-connections: 100
  allow: [10.0.0.0/8, "fd00::/8"]
  balance: random
drained.example.com: {draining: [10.0.0.1]}
options.example.com: {backends: [], redirect: https}
`,
  );
  const { routes, complaints } = await readRoutesFile(path);
  assert.deepEqual(complaints, []);
  assert.deepEqual(Object.fromEntries(routes), {
    'app.example.com': {
      backends: ['10.0.0.1'],
      draining: ['10.0.0.2'],
      acme: ['10.0.0.3:8443'],
      options: { 'max-connections': '100', allow: '10.0.0.0/8 fd00::/8', balance: 'random' },
    },
    'drained.example.com': { ...EMPTY_RECORD, draining: ['10.0.0.1'] },
    'options.example.com': { ...EMPTY_RECORD, options: { redirect: 'https' } },
  });
});

test('a list that is none and an option that is no text are complained of', async () => {
  await using folder = await openFolder();
  const path = await folder.write(
    'routes.json',
    '{"a.test": {"backends": ["10.0.0.1"], "draining": "10.0.0.2", "acme": [1], "allow": {"a": 1}}}',
  );
  const { routes, complaints } = await readRoutesFile(path);
  assert.deepEqual(routes.get('a.test'), { ...EMPTY_RECORD, backends: ['10.0.0.1'] });
  assert.deepEqual(
    complaints.map(({ reason }) => reason),
    [
      'has something else than text in allow',
      'has no list of `draining`',
      'has something else than text in acme[0]',
    ],
  );
});

const BROKEN: readonly (readonly [name: string, content: string, complaint: string])[] = [
  ['a.json', '{"a.example.com": {"backends": ["10.0.0.1"]},}', 'F:1:46 is not JSON: unexpected }'],
  ['b.json', '{\n  "a.example.com": x\n}', 'F:2:20 is not JSON: unexpected x'],
  ['c.json', '{"a.example.com"', 'F:1:17 is not JSON: it ends too early'],
  ['d.json', '', 'F:1:1 is not JSON: it ends too early'],
  ['f.json', '{\n "a": {},\n "b": {}, "a": {}\n}', 'F:3:11 a key is there twice'],
  ['g.json', '{"a": {"backends": [], "backends": ["x"]}}', 'F:1:24 a key is there twice'],
  ['e.json', '[]', 'F is not a mapping of hosts; no routes are {}'],
  ['a.yaml', 'a: {backends: [1]}\na: {}\n', 'F:2:1 a key is there twice'],
  ['b.yaml', 'a:\n  backends: []\n  backends: [x]', 'F:3:3 a key is there twice'],
  [
    'e.yaml',
    'a: {backends: [x]}\n*.a.com: {backends: [x]}\n',
    'F:2:1 is not YAML: a name that starts with `*` needs quotes',
  ],
  ['d.yaml', '', 'F is not a mapping of hosts; no routes are {}'],
  ['c.yaml', '- a\n', 'F is not a mapping of hosts; no routes are {}'],
];

for (const [name, content, complaint] of BROKEN) {
  test(`${JSON.stringify(content)} as ${name} is broken: ${complaint}`, async () => {
    await using folder = await openFolder();
    const path = await folder.write(name, content);
    const { routes, complaints, broken } = await readRoutesFile(path);
    assert.deepEqual([routes.size, broken], [0, true]);
    assert.deepEqual(
      complaints.map(({ path: at, reason }) => `${at.replace(path, 'F')} ${reason}`),
      [complaint],
    );
  });
}

test('aliases that would unfold without end are refused', async () => {
  await using folder = await openFolder();
  const levels = Array.from({ length: 9 }, (_, i) => {
    const inner = i === 0 ? 'x' : `*l${i - 1}`;
    return `k${i}: &l${i} [${Array.from({ length: 9 }, () => inner).join(', ')}]`;
  });
  const path = await folder.write('routes.yaml', levels.join('\n'));
  const { complaints, broken } = await readRoutesFile(path);
  assert.equal(broken, true);
  assert.match(complaints[0]!.reason, /alias/);
});

test('what is no file, is absent, is too large or is not text has a reason', async () => {
  await using folder = await openFolder();
  const large = await folder.write('large.json', '{}');
  await truncate(large, MAX_BYTES.json + 1);
  const largeYaml = await folder.write('large.yaml', '{}');
  await truncate(largeYaml, MAX_BYTES.yaml + 1);
  const binary = await folder.write('binary.json', Buffer.of(0x7b, 0xff, 0x7d));
  const pipe = join(folder.path, 'pipe.json');
  await promisify(execFile)('mkfifo', [pipe]);
  const reasons: Record<string, RegExp> = {
    [join(folder.path, 'absent.json')]: /does not exist/,
    [folder.path]: /is not a regular file/,
    [pipe]: /is not a regular file/,
    [large]: /is larger than 32 MiB/,
    [largeYaml]: /is larger than 1 MiB/,
    [binary]: /is not UTF-8/,
  };
  for (const [path, reason] of Object.entries(reasons)) {
    const { complaints, broken } = await readRoutesFile(path);
    assert.equal(broken, true);
    assert.equal(complaints[0]!.path, path);
    assert.match(complaints[0]!.reason, reason);
  }
});

function backendsOf(routes: ReadonlyMap<string, RouteRecord>) {
  return Object.fromEntries([...routes].map(([host, { backends }]) => [host, backends]));
}

async function openFolder() {
  const path = await mkdtemp(join(tmpdir(), 'sluice-routes-'));
  return {
    path,
    async write(name: string, content: string | Uint8Array) {
      const file = join(path, name);
      await writeFile(file, content);
      return file;
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
