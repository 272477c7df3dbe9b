import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Redis } from 'ioredis';
import { answerTo, openSession, sendHello, startGreeter } from '../support/greeter.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { Owned } from '../support/owned.ts';
import type { RawBackend } from '../support/raw-backend.ts';
import { redisMissing, startRedis, type RedisServer } from '../support/redis.ts';
import { runSluice, startSluice, type Sluice } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';

const SKIP = await redisMissing();
const EDGES = 3;
const NAME = 'app.example.test';
const BACKENDS = `hostnames:${NAME}:backends`;
const DRAINING = `hostnames:${NAME}:draining`;
/** As long as the greeting of the one that is held. */
const OTHER = 'ok';

interface World {
  readonly redis: RedisServer;
  readonly edges: readonly Sluice[];
  /** Greets and holds on: the only backend at first. */
  readonly held: RawBackend;
  readonly other: RawBackend;
  readonly t: TestContext;
}

withEdges('a change reaches every edge', async ({ redis, edges, other }) => {
  for (const [i, way] of ['SADD', 'RESTORE'].entries()) {
    const name = `new-${i}.example.test`;
    const key = `hostnames:${name}:backends`;
    if (way === 'SADD') await redis.cli('SADD', key, other.address);
    else await redis.cli('COPY', 'hostnames:new-0.example.test:backends', key);
    await untilAll(edges, name, OTHER);
  }
  await redis.cli('DEL', 'hostnames:new-0.example.test:backends');
  await untilAll(edges, 'new-0.example.test', 'alert 112');
  await redis.cli('HSET', 'hostnames:new-1.example.test:options', 'deny', '127.0.0.1');
  await untilAll(edges, 'new-1.example.test', 'alert 49');
});

withEdges('a SMOVE drains a backend at every edge at once', async (world) => {
  const { redis, edges, held, other, t } = world;
  await using sessions = await holdSessions(world);
  const client = new Redis(redis.socket);
  t.after(() => client.disconnect());
  await client.multi().sadd(BACKENDS, other.address).smove(BACKENDS, DRAINING, held.address).exec();
  const answered = performance.now();
  const delays = await Promise.all(edges.map((edge) => firstElsewhere(edge, answered)));
  const shown = delays.map((delayMs) => delayMs.toFixed(1)).join(', ');
  t.diagnostic(`first session elsewhere begun ${shown} ms after the SMOVE was answered`);
  await staysEmpty(world);
  await sessions.endOneByOne();
});

withEdges('a drain by the tool empties a backend of the sessions of every edge', async (world) => {
  const { redis, edges, held, other } = world;
  await using sessions = await holdSessions(world);
  await redis.cli('SADD', BACKENDS, other.address);
  const admins = edges.flatMap(({ adminUrl }) => ['--admin', adminUrl.slice('http://'.length)]);
  const args = [NAME, held.address, '--redis', redis.url, '--wait', ...admins];
  const drained = runSluice(['drain', ...args]);
  let isOver = false;
  void drained.then(() => (isOver = true));
  await eventually(async () => (await redis.cli('EXISTS', DRAINING)) === '1');
  for (const edge of edges) await eventually(() => isElsewhere(edge));
  await staysEmpty(world);
  await sessions.endOneByOne(() => assert.equal(isOver, false, 'it waits for the last one'));
  const { code, stdout } = await drained;
  assert.equal(code, 0);
  assert.match(stdout, new RegExp(`no session is left on ${held.address}`));
});

function withEdges(title: string, body: (world: World) => Promise<void>): void {
  test(title, { skip: SKIP, timeout: 60_000 }, async (t) => {
    await using owned = new Owned();
    const redis = owned.use(await startRedis());
    const held = owned.use(await startGreeter());
    const other = owned.use(await startNamedBackend(OTHER));
    await redis.cli('SADD', BACKENDS, held.address);
    const edges: Sluice[] = [];
    const args = ['--balance=round-robin'];
    while (edges.length < EDGES) {
      edges.push(owned.use(await startSluice({ redis: redis.url, args })));
    }
    await body({ redis, edges, held, other, t });
  });
}

/** A session of each edge with the backend that is held. */
async function holdSessions({ edges, held }: World) {
  const owned = new Owned();
  const pairs: { client: Awaited<ReturnType<typeof openSession>>; edge: Sluice }[] = [];
  for (const edge of edges) {
    pairs.push({ client: owned.use(await openSession(edge.address(), NAME)), edge });
    owned.use(await held.accept());
  }
  return {
    /** They are alive until then. `before` is called before each ends. */
    async endOneByOne(before: () => void = () => {}) {
      for (const { client, edge } of pairs) {
        before();
        await edge.waitForMetric('sluice_connections_active', { state: 'relaying' }, 1);
        client.reset();
        await edge.waitForMetric('sluice_connections_active', {}, 0);
      }
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

/** When the first session began that went elsewhere, in milliseconds after `since`. */
async function firstElsewhere(edge: Sluice, since: number): Promise<number> {
  for (;;) {
    const began = performance.now();
    if ((await firstAnswer(edge)) === OTHER) return began - since;
  }
}

/** Ask, and leave nothing behind. */
async function firstAnswer(edge: Sluice, name = NAME): Promise<string> {
  const client = await sendHello(edge.address(), name);
  try {
    return await answerTo(client);
  } finally {
    client.reset();
  }
}

/** Whether a few sessions in turn go elsewhere: every other one would not. */
async function isElsewhere(edge: Sluice): Promise<boolean> {
  for (let i = 0; i < 5; i++) if ((await firstAnswer(edge)) !== OTHER) return false;
  return true;
}

async function staysEmpty({ edges, held }: World): Promise<void> {
  const { accepted } = held;
  for (const edge of edges) assert.ok(await isElsewhere(edge));
  assert.equal(held.accepted, accepted, 'nothing new came');
}

async function untilAll(edges: readonly Sluice[], name: string, answer: string): Promise<void> {
  for (const edge of edges) {
    await eventually(async () => (await firstAnswer(edge, name)) === answer);
  }
}
