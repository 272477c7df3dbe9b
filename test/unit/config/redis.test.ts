import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { formatComplaint } from '../../../src/config/config-error.ts';
import { examineConfig, loadConfig } from '../../../src/config/load.ts';
import { readSecretFile } from '../../../src/config/redis/files.ts';
import { redisPlace } from '../../../src/config/redis/place.ts';
import { certificateFor } from '../../support/certs.ts';
import { makeFolder } from '../../support/folder.ts';

type Given = Readonly<Record<string, string | string[]>>;

const placeOf = async (flags: Given) => redisPlace((await loadConfig({ flags, env: {} })).config);

async function complaints(flags: Given): Promise<string[]> {
  const examined = await examineConfig({ flags, env: {} });
  return examined.complaints.map(formatComplaint);
}

test('one Redis is a URL, and what else is said of it', async () => {
  const place = await placeOf({ redis: 'rediss://redis.example.com/3', 'redis-server-name': 'r' });
  const tls = { ca: null, cert: null, key: null, serverName: 'r' };
  const url = 'rediss://redis.example.com/3';
  const access = { user: null, passwordFile: null, database: 0, tls };
  assert.deepEqual(place, { url, shown: url, access });
  assert.equal(await placeOf({ routes: 'routes.yaml' }), null);
});

test('sentinels have ports, passwords and TLS of their own', async () => {
  await using folder = await makeFolder();
  const [one, two] = [folder.file('one'), folder.file('two')];
  await writeFile(one, 'a');
  await writeFile(two, 'b');
  const place = await placeOf({
    'redis-sentinel': ['s1', '10.0.0.2:5000', '[fd00::2]'],
    'redis-master': 'routes',
    'redis-sentinel-password-file': one,
    'redis-password-file': two,
    'redis-user': 'edge',
    'redis-database': '4',
    'redis-tls': 'nodes',
  });
  assert.ok(place !== null && 'sentinels' in place);
  const urls = place.sentinels.map(({ url }) => url);
  assert.deepEqual(urls, ['redis://s1:26379', 'redis://10.0.0.2:5000', 'redis://[fd00::2]:26379']);
  assert.equal(place.shown, 'redis-sentinel://s1:26379,10.0.0.2:5000,[fd00::2]:26379/routes');
  assert.equal(place.nodes.tls, true);
  const { access } = place.sentinels[0]!;
  assert.deepEqual([access?.user, access?.passwordFile, access?.database], [null, one, 0]);
  const nodes = place.nodes.access;
  assert.deepEqual([nodes.user, nodes.passwordFile, nodes.database], ['edge', two, 4]);
});

test('with TLS everywhere, sentinels and nodes of a cluster are spoken to in it', async () => {
  const watched = await placeOf({ 'redis-sentinel': 's1', 'redis-tls': 'all' });
  assert.ok(watched !== null && 'sentinels' in watched);
  assert.equal(watched.sentinels[0]!.url, 'rediss://s1:26379');
  const cluster = await placeOf({ 'redis-cluster': ['a', 'b:7000'], 'redis-tls': 'nodes' });
  assert.ok(cluster !== null && 'seeds' in cluster);
  assert.deepEqual(
    cluster.seeds.map(({ url }) => url),
    ['rediss://a:6379', 'rediss://b:7000'],
  );
  assert.equal(cluster.shown, 'redis-cluster://a:6379,b:7000');
});

const WRONG: readonly (readonly [Given, RegExp])[] = [
  [
    { redis: 'redis://a', 'redis-sentinel': 's' },
    /^--redis-sentinel: cannot be combined with --redis$/,
  ],
  [{ 'redis-cluster': 'c', 'redis-sentinel': 's' }, /cannot be combined with --redis-sentinel$/],
  [
    { routes: 'r.yaml', 'redis-sentinel': 's' },
    /^--redis-sentinel: cannot be combined with --routes$/,
  ],
  [{ routes: 'r.yaml', 'redis-user': 'u' }, /^--redis-user: cannot be combined with --routes$/],
  [{ 'redis-master': 'm' }, /^--redis-master: is of no use without --redis-sentinel$/],
  [{ 'redis-user': 'u' }, /^--redis-user: is of no use without --redis-password-file$/],
  [{ redis: 'redis://a', 'redis-server-name': 'n' }, /is of no use without rediss:\/\/$/],
  [{ 'redis-cluster': 'c', 'redis-server-name': 'n' }, /is of no use without --redis-tls$/],
  [{ redis: 'redis://a', 'redis-tls': 'nodes' }, /is for --redis-sentinel and --redis-cluster$/],
  [{ redis: 'redis://a/1', 'redis-database': '2' }, /cannot be combined with a URL that says it/],
  [{ 'redis-cluster': 'c', 'redis-database': '2' }, /a cluster has database 0 only$/],
  [{ 'redis-sentinel': '127.1' }, /^--redis-sentinel: "127\.1" is not an address/],
  [{ redis: 'rediss://a', 'redis-server-name': '10.0.0.1' }, /"10\.0\.0\.1" is not a DNS name$/],
];

test('what does not fit together is refused, each with its reason', async () => {
  for (const [flags, reason] of WRONG) {
    const [first = '', ...others] = await complaints(flags);
    assert.match(first, reason);
    assert.deepEqual(others, [], JSON.stringify(flags));
  }
});

test('the files are looked at before the start, and what is in them is never told', async () => {
  await using folder = await makeFolder();
  const { ca, cert, key } = await certificateFor('redis-edge', 'edge.example.test');
  const other = await certificateFor('redis-other', 'other.example.test');
  const text = folder.file('text');
  await writeFile(text, 's3cret\nlines\n');
  await mkdir(folder.file('folder'));
  const redis = 'rediss://a';
  const wrong: readonly (readonly [Given, string])[] = [
    [{ 'redis-password-file': text }, `--redis-password-file: ${text} holds more than one line`],
    [{ 'redis-password-file': '/nowhere' }, '--redis-password-file: /nowhere does not exist'],
    [
      { 'redis-password-file': folder.file('folder') },
      `--redis-password-file: ${folder.file('folder')} is not a file`,
    ],
    [{ 'redis-ca': text }, `--redis-ca: ${text} is not a certificate in PEM`],
    [{ 'redis-cert': text, 'redis-key': key }, `--redis-cert: ${text} is not a certificate in PEM`],
    [{ 'redis-cert': cert, 'redis-key': text }, `--redis-key: ${text} is not a private key in PEM`],
    [
      { 'redis-cert': cert, 'redis-key': other.key },
      `--redis-key: ${other.key} is not the key of the certificate`,
    ],
  ];
  for (const [flags, complaint] of wrong) {
    assert.deepEqual(await complaints({ redis, ...flags }), [complaint]);
  }
  assert.deepEqual(
    await complaints({ redis, 'redis-ca': ca, 'redis-cert': cert, 'redis-key': key }),
    [],
  );
});

test('a password is the one line of its file', async () => {
  await using folder = await makeFolder();
  const file = folder.file('password');
  for (const text of ['s3cret', 's3cret\n', 's3cret\r\n']) {
    await writeFile(file, text);
    assert.equal(await readSecretFile(file), 's3cret');
  }
  for (const [text, reason] of [
    ['', /is empty/],
    ['\n', /is empty/],
    ['x'.repeat(5000), /longer than 4096 bytes/],
  ] as const) {
    await writeFile(file, text);
    await assert.rejects(readSecretFile(file), reason);
  }
});
