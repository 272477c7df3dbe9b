import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { askHttp, askTls } from '../support/ask.ts';
import { makeFolder } from '../support/folder.ts';
import { sumOf } from '../support/metrics.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { redisMissing, startRedis, type RedisServer } from '../support/redis.ts';
import { startSluice } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';

const skip = await redisMissing();
const NAME = 'app.example.test';
const BACKENDS = `hostnames:${NAME}:backends`;

test(
  'an edge that starts while Redis is down serves from its snapshot, and says of when that is',
  { skip },
  async () => {
    await using one = await startNamedBackend('one');
    await using two = await startNamedBackend('two');
    await using folder = await makeFolder();
    await using redis = await startRedis();
    await redis.cli('SADD', BACKENDS, one.address);
    await leaveSnapshot(redis, folder.file('routes.snapshot'));
    assert.equal((await stat(folder.file('routes.snapshot'))).mode & 0o777, 0o600);

    await redis.kill();
    await using sluice = await startSluice(optionsOf(redis, folder.file('routes.snapshot')));
    assert.equal(await askTls(sluice.address(), NAME), 'one');
    assert.equal(await askHttp(sluice.address(1), NAME), 'one');
    // It may have been added since: nobody can ask.
    assert.equal(await askTls(sluice.address(), 'nobody.example.test'), 'alert 80');
    const { status, body } = await sluice.admin('/readyz');
    assert.equal(status, 200);
    assert.match(
      body,
      /routes are from the snapshot of 20\d\d-\S+Z, \d+ s old: redis:\S+ connection refused/,
    );
    const metrics = await sluice.metrics();
    assert.equal(sumOf(metrics, 'sluice_route_source_from_snapshot'), 1);
    const age = metrics.get('sluice_route_snapshot_age_seconds')!;
    assert.ok(age >= 0 && age < 60, `it is ${age} s old`);

    await redis.editStopped(['SREM', BACKENDS, one.address], ['SADD', BACKENDS, two.address]);
    await redis.start();
    await eventually(async () => (await askTls(sluice.address(), NAME)) === 'two');
    await sluice.waitForMetric('sluice_route_source_from_snapshot', {}, 0);
    assert.equal(await askTls(sluice.address(), 'nobody.example.test'), 'alert 112');
    assert.doesNotMatch((await sluice.admin('/readyz')).body, /snapshot/);
  },
);

test('a snapshot outlives an edge that is killed', { skip }, async () => {
  await using one = await startNamedBackend('one');
  await using folder = await makeFolder();
  await using redis = await startRedis();
  await redis.cli('SADD', BACKENDS, one.address);
  const options = optionsOf(redis, folder.file('routes.snapshot'));
  {
    await using sluice = await startSluice(options);
    await sluice.waitForMetric('sluice_route_snapshot_writes_total', { result: 'ok' }, 1);
    await sluice.stop('SIGKILL');
  }
  await redis.kill();
  await using sluice = await startSluice(options);
  assert.equal(await askTls(sluice.address(), NAME), 'one');
});

test('without a snapshot the edge cannot say that a name is unknown', { skip }, async () => {
  await using folder = await makeFolder();
  await using redis = await startRedis();
  await redis.kill();
  const options = optionsOf(redis, folder.file('routes.snapshot'));
  await using sluice = await startSluice({ ...options, ready: false });
  await sluice.waitForLog(({ msg }) => msg?.startsWith('Redis is not') === true);
  assert.equal(await askTls(sluice.address(), NAME), 'alert 80');
  assert.equal((await sluice.admin('/readyz')).status, 503);
});

test('a damaged snapshot is told, not used, and written anew', { skip }, async () => {
  await using one = await startNamedBackend('one');
  await using folder = await makeFolder();
  await using redis = await startRedis();
  await redis.cli('SADD', BACKENDS, one.address);
  await redis.save();
  const path = folder.file('routes.snapshot');
  await leaveSnapshot(redis, path);
  const bytes = await readFile(path);
  bytes[bytes.length - 20]! ^= 1;
  await writeFile(path, bytes);

  await redis.kill();
  await using sluice = await startSluice({ ...optionsOf(redis, path), ready: false });
  const line = await sluice.waitForLog(
    ({ msg }) => msg === 'the snapshot of the routes is not used',
  );
  assert.deepEqual([line['file'], line['problem']], [path, 'is damaged: some of its routes']);
  assert.equal(await askTls(sluice.address(), NAME), 'alert 80');
  assert.match((await sluice.admin('/readyz')).body, /^not ready\n.*snapshot: .* is damaged/s);

  await redis.start();
  await sluice.waitForLog(({ msg }) => msg === 'ready');
  assert.equal(await askTls(sluice.address(), NAME), 'one');
  await sluice.stop();
  await redis.kill();
  await using again = await startSluice(optionsOf(redis, path));
  assert.equal(await askTls(again.address(), NAME), 'one');
});

test(
  'by a snapshot that is too old no plain HTTP is sent, which could reach a stranger',
  { skip },
  async () => {
    await using one = await startNamedBackend('one');
    await using folder = await makeFolder();
    await using redis = await startRedis();
    await redis.cli('SADD', BACKENDS, one.address);
    await redis.save();
    const path = folder.file('routes.snapshot');
    await leaveSnapshot(redis, path);
    await redis.kill();
    const { args, ...options } = optionsOf(redis, path);
    await using sluice = await startSluice({
      ...options,
      args: [...args, '--snapshot-max-age=1ms'],
    });
    assert.equal(await askTls(sluice.address(), NAME), 'one');
    assert.equal(await askHttp(sluice.address(1), NAME), 'HTTP 503');
    const explained = await sluice.admin(`/api/v1/explain?host=${NAME}&protocol=http`);
    assert.match(explained.body, /"termination":"routes-unavailable"/);
    assert.match((await sluice.admin('/readyz')).body, /^ready\n.*plain HTTP is refused/s);

    await redis.start();
    await eventually(async () => (await askHttp(sluice.address(1), NAME)) === 'one');
  },
);

test(
  'a snapshot that cannot be written is told once, and nothing else suffers',
  { skip },
  async () => {
    await using one = await startNamedBackend('one');
    await using folder = await makeFolder();
    await using redis = await startRedis();
    await redis.cli('SADD', BACKENDS, one.address);
    await using sluice = await startSluice(optionsOf(redis, folder.file('no/routes.snapshot')));
    const message = 'the snapshot of the routes cannot be written';
    const { problem } = await sluice.waitForLog(({ msg }) => msg === message);
    assert.match(String(problem), /^ENOENT/);
    await sluice.waitForMetric('sluice_route_snapshot_writes_total', { result: 'error' }, 1);
    assert.equal(await askTls(sluice.address(), NAME), 'one');
    assert.equal((await sluice.admin('/readyz')).status, 200);
    await sluice.stop();
    assert.equal(sluice.log().filter(({ msg }) => msg === message).length, 1);
  },
);

function optionsOf(redis: RedisServer, path: string) {
  return { redis: redis.url, args: [`--snapshot=${path}`] };
}

/** Let an edge read its routes and stop. */
async function leaveSnapshot(redis: RedisServer, path: string): Promise<void> {
  await using sluice = await startSluice(optionsOf(redis, path));
  await sluice.stop();
}
