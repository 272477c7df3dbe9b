import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { makeFolder } from '../../support/folder.ts';
import { redisMissing, startRedis, type RedisServer } from '../../support/redis.ts';
import { runSluice } from '../../support/sluice.ts';

const SKIP = await redisMissing();
const GOOD = 'hostnames:good.example.com:backends';
const bash = promisify(execFile);

interface Line {
  readonly rule: string;
  readonly at: string;
  readonly what: string;
  readonly mend: string | null;
}

withRedis('a Redis in order has no findings', async (redis) => {
  await redis.cli('SADD', GOOD, '10.0.0.1', 'app.internal');
  await redis.cli('HSET', 'hostnames:good.example.com:options', 'balance', 'random');
  await redis.cli('SET', 'somebody:elses', 'x');
  await redis.cli('SET', 'hostnames:accept-loss', 'yes');
  const { code, stdout, stderr } = await runSluice(['lint', '--redis', redis.url]);
  assert.deepEqual(
    { code, stdout, stderr },
    { code: 0, stdout: 'ok: nothing is wrong', stderr: '' },
  );
});

withRedis('every finding is mended by its own command, whatever is in the name', async (redis) => {
  await redis.cli('SADD', GOOD, '10.0.0.1', '10.0.0.1:443', '10.0.0.300', '169.254.169.254');
  await redis.cli('SADD', GOOD, "evil'; touch pwned #", '\u001b[2J\u202e', '$(touch pwned)');
  await redis.cli('SADD', 'hostnames:good.example.com:draining', '10.0.0.1');
  await redis.cli('SADD', 'hostnames:good.example.com:draining', '127.0.0.1');
  await redis.cli('HSET', 'hostnames:good.example.com:options', 'idle-timeout', 'soon', 'x y', '1');
  await redis.cli('SADD', GOOD, '10.0.0.2');
  for (const host of [
    'Up.example.com',
    'dot.example.com.',
    'port.example.com:443',
    '*.*.example.com',
  ])
    await redis.cli('SADD', `hostnames:${host}:backends`, '10.0.0.2');
  await redis.cli('SADD', "hostnames:'; touch pwned #:backends", '10.0.0.2');
  await redis.cli('SADD', 'hostnames:typo.example.com:backend', '10.0.0.2');
  await redis.cli('SET', 'hostnames:wrong.example.com:backends', 'x');
  await redis.cli('SET', 'hostnames:good.example.com:acme', 'x');
  await redis.cli('SADD', 'hostnames:drained.example.com:draining', '10.0.0.2');
  await redis.cli('HSET', 'hostnames:options.example.com:options', 'balance', 'random');
  const { code, found } = await lint(redis);
  assert.equal(code, 1);
  assert.deepEqual(
    [...new Set(found.map(({ rule }) => rule))].sort(),
    [
      'bad-member bad-name bad-option denied-member draining-too duplicate never-matches no-backends',
      'only-draining port-in-name trailing-dot unknown-key upper-case wrong-type',
    ].flatMap((line) => line.split(' ')),
  );
  await using folder = await makeFolder();
  for (const { mend } of found) await bash('bash', ['-e', '-c', mend!], { cwd: folder.path });
  assert.deepEqual((await lint(redis)).found, []);
  assert.equal(await redis.cli('SMEMBERS', 'hostnames:up.example.com:backends'), '10.0.0.2');
  const { stdout } = await bash('ls', ['-A', folder.path]);
  assert.equal(stdout, '');
});

withRedis('a finding is mended in the database it was found in', async (redis) => {
  const inDatabase = (...words: readonly string[]) => redis.cli('-n', '3', ...words);
  await redis.cli('SET', GOOD, 'not for us');
  await inDatabase('SET', GOOD, 'x');
  for (const flags of [
    ['--redis', `${redis.url}/3`],
    ['--redis', `unix:${redis.socket}`, '--redis-database', '3'],
  ]) {
    const { stdout } = await runSluice(['lint', ...flags, '--json']);
    const [line] = readLines(stdout);
    await bash('bash', ['-e', '-c', line!.mend!]);
    assert.equal(await inDatabase('DBSIZE'), '0');
    await inDatabase('SET', GOOD, 'x');
  }
  assert.equal(await redis.cli('GET', GOOD), 'not for us');
});

withRedis(
  'what is too large is bounded, and said; nothing of it reaches the terminal raw',
  async (redis) => {
    const members = Array.from({ length: 300 }, (_, i) => `10.1.${i >> 8}.${i & 255}`);
    await redis.cli('SADD', 'hostnames:many.example.com:backends', ...members);
    await redis.cli('SADD', GOOD, '10.0.0.1');
    await redis.cli('EVAL', `redis.call("SADD", KEYS[1], string.rep("x", 1000000))`, '1', GOOD);
    await redis.cli('SADD', `hostnames:${'a'.repeat(300)}:backends`, '10.0.0.1');
    const { code, stdout } = await runSluice(['lint', '--redis', redis.url]);
    assert.equal(code, 1);
    assert.ok(stdout.length < 5000, `${stdout.length}`);
    assert.match(stdout, /^too-large {2}hostnames:many\.example\.com:backends: has more than 256/m);
    assert.match(
      stdout,
      /^too-large {2}hostnames:good\.example\.com:backends: has a backend of over/m,
    );
    assert.match(stdout, /^bad-name {2}hostnames:a{280}/m);
  },
);

withRedis('the same member is shown to a reader without its control characters', async (redis) => {
  await redis.cli('SADD', GOOD, '10.0.0.1', '\u001b]0;owned\u0007\u009b2J');
  const { stdout } = await runSluice(['lint', '--redis', redis.url]);
  assert.match(stdout, /^[\x20-\x7e\n]+$/);
  assert.match(stdout, /SREM hostnames:good\.example\.com:backends \$'\\x1b/);
});

test('a route file has the same findings, and is mended in an editor', async () => {
  await using folder = await makeFolder();
  const file = folder.file('routes.json');
  const routes = {
    'Up.example.com': { backends: ['10.0.0.1'] },
    'a.example.com': { backends: ['10.0.0.1', '10.0.0.300', '127.0.0.1'], 'idle-timeout': 'soon' },
  };
  await writeFile(file, JSON.stringify(routes));
  const { code, stdout } = await runSluice(['lint', '--routes', file, '--json']);
  assert.equal(code, 1);
  const found = readLines(stdout);
  assert.deepEqual(found.map(({ rule }) => rule).sort(), [
    'bad-file',
    'bad-member',
    'bad-option',
    'denied-member',
  ]);
  assert.ok(found.every(({ mend }) => mend === null));
  const allowed = ['--backend-allow', '127.0.0.0/8'];
  const more = await runSluice(['lint', '--routes', file, ...allowed, '--json']);
  assert.equal(readLines(more.stdout).length, 3);
});

async function lint(redis: RedisServer): Promise<{ code: number | null; found: readonly Line[] }> {
  const { code, stdout } = await runSluice(['lint', '--redis', redis.url, '--json']);
  return { code, found: readLines(stdout) };
}

function readLines(text: string): readonly Line[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

function withRedis(
  title: string,
  run: (redis: RedisServer, t: TestContext) => Promise<void>,
): void {
  test(title, { skip: SKIP }, async (t) => {
    await using redis = await startRedis();
    await run(redis, t);
  });
}
