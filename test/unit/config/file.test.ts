import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, parse } from 'node:path';
import { test } from 'node:test';
import { formatComplaint } from '../../../src/config/config-error.ts';
import { examineConfig, loadConfig } from '../../../src/config/load.ts';
import { OPTION_ROWS } from '../../../src/config/options.ts';
import { parseFile } from '../../../src/config/sources/file.ts';
import { ROOT } from '../../support/root.ts';

const VALID = join(ROOT, 'fixtures/config/valid');
const INVALID = join(ROOT, 'fixtures/config/invalid');

const isConfig = (name: string) => /\.(?:yaml|json)$/.test(name);
const examine = (folder: string, name: string) =>
  examineConfig({ flags: { config: join(folder, name) }, env: {} });

for (const name of readdirSync(VALID).filter(isConfig)) {
  test(`${name} is taken without a complaint`, async () => {
    const { complaints, warnings } = await examine(VALID, name);
    assert.deepEqual({ complaints, warnings }, { complaints: [], warnings: [] });
  });
}

for (const name of readdirSync(INVALID).filter(isConfig)) {
  test(`${name} is refused with exactly the complaints beside it`, async () => {
    const { complaints } = await examine(INVALID, name);
    const lines = complaints.map((complaint) => `${formatComplaint(complaint)}\n`);
    const recorded = readFileSync(join(INVALID, `${parse(name).name}.complaints`), 'utf8');
    assert.equal(lines.join('').replaceAll(`${INVALID}/`, ''), recorded);
  });
}

/** They cannot go together with the URL of one Redis, or want a file that is there. */
const ELSEWHERE = [
  'redisSentinel',
  'redisMaster',
  'redisSentinelPasswordFile',
  'redisCluster',
  'redisUser',
  'redisPasswordFile',
  'redisDatabase',
  'redisTls',
  'redisCa',
  'redisCert',
  'redisKey',
  'redisServerName',
  'routes',
  'configFile',
];

test('the file that sets everything sets every option but those that cannot go together', () => {
  const { given } = parseFile('f', readFileSync(join(VALID, 'everything.yaml'), 'utf8'));
  const missing = OPTION_ROWS.map(([key]) => key).filter((key) => !given.has(key));
  assert.deepEqual(missing, ELSEWHERE);
});

test('YAML and JSON that say the same give the same configuration', async () => {
  const [yaml, json] = await Promise.all(
    ['yaml', 'json'].map((kind) =>
      loadConfig({ flags: { config: join(VALID, `everything.${kind}`) }, env: {} }),
    ),
  );
  const configFile = null;
  assert.deepEqual({ ...yaml!.config, configFile }, { ...json!.config, configFile });
});

test('scalars are read as they were written, not as YAML understands them', () => {
  const text = 'edge-name: 007\nconnect-retries: 1e1\naccess-log: off\nadmin: "off"\n';
  const { given } = parseFile('f', text);
  assert.deepEqual(
    [...given.values()].map(({ texts }) => texts[0]?.text),
    ['007', '1e1', 'off', 'off'],
  );
});

test('an anchor can be used again', () => {
  const { given, complaints } = parseFile('f', 'hello-timeout: &t 5s\nconnect-timeout: *t\n');
  assert.deepEqual(complaints, []);
  assert.equal(given.get('connectTimeoutMs')?.texts[0]?.text, '5s');
});

test('a file that cannot be read is blamed on the place that named it', async () => {
  const missing = join(VALID, 'missing.yaml');
  const { complaints } = await examine(VALID, 'missing.yaml');
  assert.deepEqual(complaints, [
    { path: '--config', reason: `cannot read ${missing}: no such file or directory` },
  ]);
  const folder = await examineConfig({ flags: {}, env: { SLUICE_CONFIG: VALID } });
  assert.deepEqual(folder.complaints.map(formatComplaint), [
    `SLUICE_CONFIG: cannot read ${VALID}: illegal operation on a directory`,
  ]);
});
