import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Redis } from 'ioredis';
import { askTls } from '../support/ask.ts';
import { meanwhile } from '../support/meanwhile.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { redisMissing, startRedis } from '../support/redis.ts';
import { startSluice } from '../support/sluice.ts';

const skip = await redisMissing();
const NAME = 'app.example.test';
const BACKENDS = `hostnames:${NAME}:backends`;
const DRAINING = `hostnames:${NAME}:draining`;
const MOVES = 2500;
const ASKERS = 6;
/** Refused by the guard: it comes and goes, and takes no session. */
const NOBODY = '0.0.0.1';

for (const [title, args] of [
  ['a name whose only backend is drained and taken back is at no moment unknown', []],
  ['nor is it where the routes do not fit into the table', ['--route-table-max=1']],
] as const) {
  test(title, { skip, timeout: 60_000 }, async (t) => {
    await using one = await startNamedBackend('one');
    await using server = await startRedis();
    await server.cli('SADD', BACKENDS, one.address);
    await server.cli('SADD', 'hostnames:other.example.test:backends', one.address);
    await using sluice = await startSluice({ redis: server.url, args });
    const redis = new Redis(server.socket);
    t.after(() => redis.disconnect());
    const outcomes = new Map<string, number>();
    const ask = async () => {
      const outcome = await askTls(sluice.address(), NAME);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    };
    await meanwhile(() => moveToAndFro(redis, one.address), ask, ASKERS);
    t.diagnostic(JSON.stringify(Object.fromEntries(outcomes)));
    assert.deepEqual([...outcomes.keys()].toSorted(), ['alert 80', 'one']);
  });
}

async function moveToAndFro(redis: Redis, address: string): Promise<void> {
  for (let i = 0; i < MOVES; i++) {
    const [from, to] = i % 2 === 0 ? [BACKENDS, DRAINING] : [DRAINING, BACKENDS];
    // Each change is announced by itself, and the edge reads while the next is being made.
    await redis.sadd(from, NOBODY);
    await redis.srem(from, NOBODY);
    await redis.smove(from, to, address);
  }
}
