import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { redisMissing, startRedis } from '../../support/redis.ts';
import { ROOT } from '../../support/root.ts';
import { runSluice } from '../../support/sluice.ts';

const SKIP = await redisMissing();
const HOST = 'app.example.com';

test('the rights that the README names are enough for every tool', { skip: SKIP }, async () => {
  await using redis = await startRedis();
  await redis.cli('SADD', `hostnames:${HOST}:backends`, '10.0.0.1', '10.0.0.2', '10.0.0.1:443');
  await redis.cli('HSET', `hostnames:${HOST}:options`, 'balance', 'random');
  await redis.cli('SADD', 'hostnames:Up.example.com:backends', '10.0.0.1');
  await redis.cli(...(await operatorRights()));
  const flags = ['--redis', redis.url.replace('//', '//operator:hunter2@')];
  const runs = [
    ['routes'],
    ['routes', HOST],
    ['explain', HOST],
    ['lint'],
    ['drain', HOST, '10.0.0.2'],
    ['undrain', HOST, '10.0.0.2'],
  ];
  for (const words of runs) {
    const { code, stderr } = await runSluice([...words, ...flags]);
    assert.deepEqual(
      { code, stderr },
      { code: words[0] === 'lint' ? 1 : 0, stderr: '' },
      words.join(),
    );
  }
});

test('a right that is missing is said in the words of Redis', { skip: SKIP }, async () => {
  await using redis = await startRedis();
  await redis.cli('SADD', `hostnames:${HOST}:backends`, '10.0.0.1', '10.0.0.2');
  const rights = (await operatorRights()).filter((word) => word !== '+smove');
  await redis.cli(...rights);
  const flags = ['--redis', redis.url.replace('//', '//operator:hunter2@')];
  const { code, stderr } = await runSluice(['drain', HOST, '10.0.0.1', ...flags]);
  assert.equal(code, 1);
  assert.match(stderr, /^sluice: redis:\/\/127\.0\.0\.1:\d+: NOPERM .*smove/);
  assert.doesNotMatch(stderr, /hunter2/);
});

async function operatorRights(): Promise<string[]> {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const [, line] = /^ {4}(ACL SETUSER operator (?:.*\n {6})*.*)$/m.exec(readme)!;
  return line!.replace('PASSWORD', 'hunter2').split(/\s+/);
}
