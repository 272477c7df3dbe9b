import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askHttp, askTls } from '../support/ask.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { startRawBackend } from '../support/raw-backend.ts';
import type { RawSocket } from '../support/raw-socket.ts';
import { redisMissing, startRedis, type RedisServer } from '../support/redis.ts';
import { startSlowProxy } from '../support/slow-proxy.ts';
import { startSluice, type Sluice } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';

const options = { skip: await redisMissing(), timeout: 60_000 };
const NAME = 'app.example.test';
const BACKENDS = `hostnames:${NAME}:backends`;
const RECONNECTS = 20;
const TRIES = 8;
/** Two causes and the end. What follows within this time of that belongs to it. */
const LINES_PER_OUTAGE = 4;
const QUIET_MS = 10_000;
/** Less than a heartbeat may take. */
const SLOW_MS = 300;

test('a link that breaks over and over does not flood the log', options, async (t) => {
  await using one = await startNamedBackend('one');
  await using redis = await startRedis();
  await redis.cli('SADD', BACKENDS, one.address);
  await using sluice = await startSluice({ redis: redis.url });
  const before = await linesOfItsStart(sluice);
  const began = performance.now();
  for (let i = 1; i <= RECONNECTS; i++) {
    await redis.cli('CLIENT', 'KILL', 'TYPE', 'normal');
    await sluice.waitForMetric('sluice_route_source_reconnects_total', {}, i);
    assert.equal(await askTls(sluice.address(), NAME), 'one');
  }
  const lines = sluice.program.stderr.seen.slice(before);
  t.diagnostic(`${lines.length} lines for ${RECONNECTS} reconnects`);
  const outages = 1 + Math.floor((performance.now() - began) / QUIET_MS);
  assert.ok(lines.length <= outages * LINES_PER_OUTAGE, lines.join('\n'));
});

test('a long outage takes no more lines than a short one', options, async () => {
  await using one = await startNamedBackend('one');
  await using redis = await startRedis();
  await redis.cli('SADD', BACKENDS, one.address);
  await redis.save();
  await using sluice = await startSluice({ redis: redis.url });
  const before = await linesOfItsStart(sluice);
  await redis.kill();
  await sluice.waitForMetric('sluice_route_source_up', { source: 'redis' }, 0);
  {
    // What is tried once a second may be tried for days.
    await using broken = await startRawBackend({ port: redis.port, onConnection: hangUp });
    for (let i = 0; i < TRIES; i++) await broken.accept();
  }
  assert.equal(await askTls(sluice.address(), NAME), 'one');
  assert.equal(await askHttp(sluice.address(1), NAME), 'one');
  assert.equal(await askTls(sluice.address(), 'nobody.example.test'), 'alert 112');
  assert.equal((await sluice.admin('/readyz')).status, 200);
  await redis.start();
  await sluice.waitForLog(({ msg }) => msg === 'Redis is back, routes read');
  const lines = sluice.program.stderr.seen.slice(before);
  assert.ok(lines.length <= LINES_PER_OUTAGE, lines.join('\n'));
});

test('a Redis far away is followed, and no session waits for it', options, async () => {
  await using one = await startNamedBackend('one');
  await using two = await startNamedBackend('two');
  await using redis = await startRedis();
  await redis.cli('SADD', BACKENDS, one.address);
  await using proxy = await startSlowProxy(redis.port, SLOW_MS);
  await using sluice = await startSluice({ redis: `redis://127.0.0.1:${proxy.port}` });
  await redis.multi(['SADD', BACKENDS, two.address], ['SREM', BACKENDS, one.address]);
  let sessions = 0;
  // Until the change arrives, which takes an announcement and an answer.
  while ((await askTls(sluice.address(), NAME)) === 'one') sessions++;
  assert.equal(await askTls(sluice.address(), NAME), 'two');
  assert.ok(sessions > 1, `${sessions} sessions in the time of two answers`);
  assert.equal(await askTls(sluice.address(), 'nobody.example.test'), 'alert 112');
  assert.equal((await sluice.admin('/readyz')).status, 200);
});

test('an edge that follows a replica goes on when that is promoted', options, async () => {
  await using one = await startNamedBackend('one');
  await using two = await startNamedBackend('two');
  await using master = await startRedis('--repl-diskless-sync-delay', '0');
  await master.cli('SADD', BACKENDS, one.address);
  const replicaOf = ['--replicaof', '127.0.0.1', String(master.port)];
  await using replica = await startRedis(...replicaOf, '--repl-ping-replica-period', '1');
  await eventually(async () => (await replica.cli('EXISTS', BACKENDS)) === '1');
  await using sluice = await startSluice({ redis: replica.url });
  const ask = () => askTls(sluice.address(), NAME);
  await replace(master, one.address, two.address);
  await eventually(async () => (await ask()) === 'two');

  await master.kill();
  assert.equal(await ask(), 'two');
  await replica.cli('REPLICAOF', 'NO', 'ONE');
  assert.equal(await ask(), 'two');
  await replace(replica, two.address, one.address);
  await eventually(async () => (await ask()) === 'one');

  // What its old master has now is not what it has: it is given the other's data, and all is read anew.
  await master.editStopped(['FLUSHALL'], ['SADD', BACKENDS, two.address]);
  await master.start();
  await replica.cli('REPLICAOF', '127.0.0.1', String(master.port));
  await eventually(async () => (await ask()) === 'two');
  assert.equal((await sluice.admin('/readyz')).status, 200);
});

/** The last line is printed after the one that it is ready. */
async function linesOfItsStart(sluice: Sluice): Promise<number> {
  await sluice.waitForLog(({ msg }) => msg === 'routes read from Redis');
  return sluice.program.stderr.seen.length;
}

function hangUp(connection: RawSocket): void {
  connection.reset();
}

function replace(redis: RedisServer, before: string, after: string): Promise<void> {
  return redis.multi(['SADD', BACKENDS, after], ['SREM', BACKENDS, before]);
}
