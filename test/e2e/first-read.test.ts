import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askTls } from '../support/ask.ts';
import { fillRedis } from '../support/fill-redis.ts';
import { sumOf } from '../support/metrics.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { redisMissing, startRedis } from '../support/redis.ts';
import { startSluice, type Sluice } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';

const skip = await redisMissing();
/** Some seconds to read: each is answered long before. */
const MANY = 150_000;

test('a name that is asked for before its turn is read first', { skip }, async () => {
  await using one = await startNamedBackend('one');
  await using two = await startNamedBackend('two');
  await using redis = await startRedis();
  await fillRedis(redis.socket, MANY, (i) => [`hostnames:app-${i}.test:backends`, one.address]);
  await redis.cli('SADD', 'hostnames:*.wild.test:backends', two.address);
  await using sluice = await startSluice({ redis: redis.url, ready: false });

  assert.equal(await untilKnown(sluice, 'app-77.test'), 'one');
  assert.equal(await untilKnown(sluice, 'a.b.wild.test'), 'two');
  assert.equal(await untilKnown(sluice, 'nobody.test'), 'alert 112', 'it is known to be unknown');
  assert.equal(
    isReady(sluice),
    false,
    'all that was answered while the table was still being read',
  );

  // A change of what was answered early is in force whatever the table was when it was read.
  await redis.cli(
    'SMOVE',
    'hostnames:app-77.test:backends',
    'hostnames:app-78.test:draining',
    one.address,
  );
  await redis.cli('SADD', 'hostnames:app-77.test:backends', two.address);
  await eventually(async () => (await askTls(sluice.address(), 'app-77.test')) === 'two');
  await sluice.waitForLog(({ msg }) => msg === 'ready');
  assert.equal(await askTls(sluice.address(), 'app-77.test'), 'two');
  assert.equal(await askTls(sluice.address(), 'app-149999.test'), 'one');
  const metrics = await sluice.metrics();
  assert.equal(sumOf(metrics, 'sluice_routes', { kind: 'exact' }), MANY);
  assert.equal(sumOf(metrics, 'sluice_routes_absent'), 0, 'the table counts once it is there');
});

async function untilKnown(sluice: Sluice, name: string): Promise<string> {
  return eventually(async () => {
    const answer = await askTls(sluice.address(), name);
    return answer === 'alert 80' ? null : answer;
  });
}

function isReady(sluice: Sluice): boolean {
  return sluice.log().some(({ msg }) => msg === 'ready');
}
