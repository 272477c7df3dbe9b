import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askHttp, askTls } from '../support/ask.ts';
import { sumOf } from '../support/metrics.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { opensslConnect } from '../support/openssl-client.ts';
import { redisMissing, startRedis } from '../support/redis.ts';
import { startSluice } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';

const skip = await redisMissing();
const NAME = 'app.example.test';
const BACKENDS = `hostnames:${NAME}:backends`;

test(
  'without Redis the edge starts, says what is wrong, and serves once Redis is there',
  { skip },
  async () => {
    await using one = await startNamedBackend('one');
    await using redis = await startRedis();
    await redis.kill();
    await using sluice = await startSluice({ redis: redis.url, ready: false });
    const { problem } = await sluice.waitForLog(
      ({ msg }) => msg?.startsWith('Redis is not') === true,
    );
    assert.equal(problem, 'connection refused');

    assert.equal((await sluice.admin('/livez')).status, 200);
    const { status, body } = await sluice.admin('/readyz');
    assert.equal(status, 503);
    assert.match(body, /no routes read yet.*redis:\/\/127\.0\.0\.1:\d+: connection refused/);
    assert.equal(sumOf(await sluice.metrics(), 'sluice_route_source_up', { source: 'redis' }), 0);

    // Whether the name exists is not known: nobody is told that it does not.
    const { alert } = await opensslConnect(sluice.address(), { serverName: NAME });
    assert.equal(alert, 80);
    assert.equal(await askHttp(sluice.address(1), NAME), 'HTTP 503');
    const { termination } = await sluice.waitForSession(({ host }) => host === NAME);
    assert.equal(termination, 'routes-unavailable');

    await redis.editStopped(['SADD', BACKENDS, one.address]);
    await redis.start();
    await sluice.waitForLog(({ msg }) => msg === 'ready');
    assert.equal((await sluice.admin('/readyz')).status, 200);
    assert.equal(await askTls(sluice.address(), NAME), 'one');
    assert.equal(await askTls(sluice.address(), 'nobody.example.test'), 'alert 112');
  },
);

test(
  'when Redis is lost known routes keep working, and it is read again when it is back',
  { skip },
  async () => {
    await using one = await startNamedBackend('one');
    await using two = await startNamedBackend('two');
    await using redis = await startRedis();
    await redis.cli('SADD', BACKENDS, one.address);
    await redis.cli('SADD', 'hostnames:gone.example.test:backends', one.address);
    await redis.cli('SADD', 'hostnames:unasked.example.test:backends', one.address);
    await redis.save();
    await using sluice = await startSluice({ redis: redis.url });
    const ask = (name: string) => askTls(sluice.address(), name);
    assert.equal(await ask(NAME), 'one');

    await redis.kill();
    await sluice.waitForMetric('sluice_route_source_up', { source: 'redis' }, 0);
    assert.equal((await sluice.admin('/readyz')).status, 200);
    assert.equal(await ask(NAME), 'one');
    assert.equal(await ask('unasked.example.test'), 'one');
    assert.equal(await ask('nobody.example.test'), 'alert 112');

    await redis.editStopped(
      ['DEL', 'hostnames:gone.example.test:backends'],
      ['SREM', BACKENDS, one.address],
      ['SADD', BACKENDS, two.address],
      ['SADD', 'hostnames:new.example.test:backends', two.address],
    );
    await redis.start();
    await sluice.waitForLog(({ msg }) => msg === 'Redis is back, routes read');
    await eventually(async () => (await ask(NAME)) === 'two');
    assert.equal(await ask('new.example.test'), 'two');
    assert.equal(await ask('gone.example.test'), 'alert 112');
    const metrics = await sluice.metrics();
    assert.equal(sumOf(metrics, 'sluice_route_source_reconnects_total'), 1);
    assert.equal(sumOf(metrics, 'sluice_route_source_up', { source: 'redis' }), 1);

    await redis.cli('SADD', 'hostnames:later.example.test:backends', one.address);
    await eventually(async () => (await ask('later.example.test')) === 'one');
  },
);

test('a Redis that freezes is noticed, and delays no session', { skip }, async () => {
  await using one = await startNamedBackend('one');
  await using redis = await startRedis();
  await redis.cli('SADD', BACKENDS, one.address);
  await using sluice = await startSluice({ redis: redis.url });
  redis.freeze();
  assert.equal(await askTls(sluice.address(), NAME), 'one');
  assert.equal(await askTls(sluice.address(), 'nobody.example.test'), 'alert 112');
  await sluice.waitForMetric('sluice_route_source_up', { source: 'redis' }, 0);
  assert.equal(await askTls(sluice.address(), NAME), 'one');
  redis.thaw();
  await sluice.waitForLog(({ msg }) => msg === 'Redis is back, routes read');
});

test('the password of Redis is in no log and on no page', { skip }, async () => {
  await using redis = await startRedis();
  await redis.cli('CONFIG', 'SET', 'requirepass', 'the-right-one');
  const url = redis.url.replace('redis://', 'redis://:a-wrong-one@');
  await using sluice = await startSluice({ redis: url, ready: false });
  await sluice.waitForLog(({ msg }) => msg?.startsWith('Redis is not') === true);
  const { body } = await sluice.admin('/readyz');
  assert.match(body, /WRONGPASS/);
  const printed = [body, sluice.program.stderr.text, (await sluice.admin('/metrics')).body];
  assert.doesNotMatch(printed.join('\n'), /a-wrong-one/);
});
