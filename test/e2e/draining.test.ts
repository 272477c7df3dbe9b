import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstAnswerOf, openSession, startGreeter } from '../support/greeter.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import type { RawBackend } from '../support/raw-backend.ts';
import { redisMissing, startRedis, type RedisServer } from '../support/redis.ts';
import { startSluice, type Sluice } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';

const SKIP = await redisMissing();
/** As long as the greeting of the one that is held. */
const OTHER = 'ok';
const NAME = 'app.example.test';
const BACKENDS = `hostnames:${NAME}:backends`;
const DRAINING = `hostnames:${NAME}:draining`;

interface World {
  readonly redis: RedisServer;
  readonly sluice: Sluice;
  /** Greets and holds on. */
  readonly held: RawBackend;
  readonly other: RawBackend;
}

/** An edge whose only backend is `held`. */
function withBackend(title: string, body: (world: World) => Promise<void>): void {
  test(title, { skip: SKIP }, async () => {
    await using redis = await startRedis();
    await using held = await startGreeter();
    await using other = await startNamedBackend(OTHER);
    await redis.cli('SADD', BACKENDS, held.address);
    await using sluice = await startSluice({ redis: redis.url });
    await body({ redis, sluice, held, other });
  });
}

withBackend(
  'a SMOVE drains a backend: its session goes on, new ones go elsewhere',
  async (world) => {
    const { redis, sluice, held, other } = world;
    await using client = await openSession(sluice.address(), NAME);
    await using backend = await held.accept();
    await redis.multi(
      ['SADD', BACKENDS, other.address],
      ['SMOVE', BACKENDS, DRAINING, held.address],
    );
    await eventually(async () => (await firstAnswerOf(sluice.address(), NAME)) === OTHER);
    const { accepted } = held;
    for (let i = 0; i < 10; i++) assert.equal(await firstAnswerOf(sluice.address(), NAME), OTHER);
    assert.equal(held.accepted, accepted, 'nothing new came');
    await backend.send('still here');
    assert.equal((await client.read(12)).toString(), 'histill here');
    await client.finish();
    assert.equal(await backend.end(), 'ended');
  },
);

withBackend('a SMOVE back brings a drained backend new sessions', async (world) => {
  const { redis, sluice, held, other } = world;
  await redis.multi(['SADD', BACKENDS, other.address], ['SMOVE', BACKENDS, DRAINING, held.address]);
  await eventually(async () => (await firstAnswerOf(sluice.address(), NAME)) === OTHER);
  await redis.multi(
    ['SMOVE', DRAINING, BACKENDS, held.address],
    ['SMOVE', BACKENDS, DRAINING, other.address],
  );
  await eventually(async () => (await firstAnswerOf(sluice.address(), NAME)) !== OTHER);
  const { accepted } = other;
  for (let i = 0; i < 5; i++) await firstAnswerOf(sluice.address(), NAME);
  assert.equal(other.accepted, accepted);
});

withBackend('where every backend drains a name is known, and has no backend', async (world) => {
  const { redis, sluice, held } = world;
  await using client = await openSession(sluice.address(), NAME);
  await using backend = await held.accept();
  await redis.cli('SMOVE', BACKENDS, DRAINING, held.address);
  await eventually(async () => (await firstAnswerOf(sluice.address(), NAME)) === 'alert 80');
  const refused = await sluice.waitForSession(({ termination }) => termination === 'no-backend');
  assert.equal(refused.route, NAME);
  await backend.send('still here');
  assert.equal((await client.read(12)).toString(), 'histill here');
});
