import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aclLine, aclRights } from '../contract/redis/place-world.ts';
import { startAnsweringBackend, type AnsweringBackend } from '../support/answering-backend.ts';
import { askHttp, askTls } from '../support/ask.ts';
import { sumOf } from '../support/metrics.ts';
import { Owned } from '../support/owned.ts';
import { redisMissing, startRedis, type RedisServer } from '../support/redis.ts';
import { runSluice, startSluice, type Sluice } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';

const SKIP = await redisMissing();
const NAME = 'app.example.test';
const BACKENDS = `hostnames:${NAME}:backends`;
const EJECTED_KEY = `hostnames:${NAME}:ejected`;
const OUT = 'sluice_backends_ejected';
const SHARED = 'sluice_shared_ejections_total';
const NAMES = ['a', 'b', 'c', 'd'];
const SHARING = [
  '--share-ejections=on',
  '--eject-after=2',
  '--eject-for=1m',
  '--slow-start=0s',
  '--balance=round-robin',
];
/** The edge that is cut off is known by it. */
const CUT_OFF = '127.0.0.2';

interface World {
  readonly owned: Owned;
  readonly redis: RedisServer;
  readonly backends: readonly AnsweringBackend[];
}

withWorld(
  'what one edge ejects, another looks into and ejects before a client is lost',
  async (world) => {
    const { backends, redis } = world;
    const [one, other] = [await startEdge(world), await startEdge(world)];
    for (const edge of [one, other]) await askForAll(edge);
    const [bad] = backends;
    bad!.closesOn = () => true;
    await askUntilOut(one, 1);
    await other.waitForMetric(OUT, {}, 1);
    await other.waitForMetric(SHARED, { result: 'believed' }, 1);
    await one.waitForMetric(SHARED, { result: 'told' }, 1);
    const asked = other.sessions().length;
    for (let i = 0; i < 8; i++) assert.notEqual(await lastOf(other), 'a');
    const later = other.sessions().slice(asked);
    assert.ok(
      later.every(({ retries }) => retries === 0),
      'no client met it',
    );
    const { body } = await other.admin(`/api/v1/explain?host=${NAME}`);
    assert.match(
      body,
      /"ejectedBecause":"another edge ejected it, and a probe from here was closed/,
    );
    const [told, until] = (await redis.cli('ZRANGE', EJECTED_KEY, '0', '-1', 'WITHSCORES')).split(
      '\n',
    );
    assert.equal(told, bad!.address);
    assert.ok(Number(until) > Date.now());
    assert.ok(
      Number(await redis.cli('PTTL', EJECTED_KEY)) > 0,
      'what nobody writes to goes by itself',
    );
  },
);

withWorld(
  'an edge that is cut off ejects nothing at the others, and stops telling',
  async (world) => {
    const { backends } = world;
    const others = [await startEdge(world), await startEdge(world)];
    const cutOff = await startEdge(world, [`--source-address=${CUT_OFF}`]);
    for (const edge of others) await askForAll(edge);
    // Of a ClientHello that every backend resets it would be thought that it is to blame.
    await askForAll(cutOff, lastOfPlain);
    for (const backend of backends) backend.closesOn = (address) => address === CUT_OFF && 'reset';
    await askUntilOut(cutOff, NAMES.length, lastOfPlain);
    await eventually(async () => sumOf(await cutOff.metrics(), SHARED, { result: 'withheld' }) > 0);
    const told = sumOf(await cutOff.metrics(), SHARED, { result: 'told' });
    assert.ok(told <= NAMES.length / 2, `it told of ${told}`);
    for (const edge of others) {
      await askForAll(edge);
      const metrics = await edge.metrics();
      assert.equal(metrics.get(OUT), 0);
      assert.equal(sumOf(metrics, 'sluice_ejections_total'), 0);
      assert.equal(sumOf(metrics, SHARED, { result: 'believed' }), 0);
    }
  },
);

withWorld('what somebody else writes there is looked into, and no more', async (world) => {
  const { redis, backends } = world;
  const edge = await startEdge(world);
  await askForAll(edge);
  const soon = String(Date.now() + 600_000);
  const lies = backends.flatMap(({ address }) => [soon, address]);
  await redis.cli('ZADD', EJECTED_KEY, ...lies, '-inf', 'x', '+inf', '10.0.0.1:443', soon, '?');
  await redis.cli('SET', 'hostnames:other.example.test:ejected', 'no ZSET');
  await edge.waitForMetric(SHARED, { result: 'disproved' }, NAMES.length);
  assert.equal((await edge.metrics()).get(OUT), 0);
  await askForAll(edge);
});

withWorld('the rights that the README names for it are enough to share', async (world) => {
  const { redis, backends } = world;
  const rights = aclRights('%RW~hostnames:*:ejected');
  assert.ok(rights.length > 1, rights.join(' '));
  await redis.cli('ACL', 'SETUSER', ...aclLine('edge').slice(2), ...rights);
  const url = redis.url.replace('redis://', 'redis://edge:PASSWORD@');
  const [one, other] = [await startEdge(world, [], url), await startEdge(world, [], url)];
  for (const edge of [one, other]) await askForAll(edge);
  // Long over: it is to be trimmed, too.
  await redis.cli('ZADD', EJECTED_KEY, '1', '192.0.2.1:443');
  backends[0]!.closesOn = () => true;
  await askUntilOut(one, 1);
  await other.waitForMetric(SHARED, { result: 'believed' }, 1);
  await eventually(async () => (await redis.cli('ZSCORE', EJECTED_KEY, '192.0.2.1:443')) === '');
  assert.equal(await redis.cli('ACL', 'LOG'), '');
  for (const right of rights.filter((word) => word.startsWith('+')))
    assert.match(await redis.cli('INFO', 'commandstats'), new RegExp(`cmdstat_${right.slice(1)}:`));
});

withWorld('an edge that may not write says so once and goes on alone', async (world) => {
  const { redis, backends } = world;
  const acl = ['on', '>secret', '~*', '&*', '+@all', '-zadd', '-zremrangebyscore'];
  await redis.cli('ACL', 'SETUSER', 'reader', ...acl);
  const url = redis.url.replace('redis://', 'redis://reader:secret@');
  const edge = await startEdge(world, [], url);
  await askForAll(edge);
  backends[0]!.closesOn = () => true;
  await askUntilOut(edge, 1);
  const { problem } = await edge.waitForLog(({ msg }) => /not shared/.test(msg ?? ''));
  assert.match(String(problem), /^NOPERM/);
  backends[1]!.closesOn = () => true;
  await askUntilOut(edge, 2);
  assert.equal(edge.log().filter(({ msg }) => /not shared/.test(msg ?? '')).length, 1);
});

test('ejections are shared through one Redis, and through no file', async () => {
  const { code, stderr } = await runSluice([
    'serve',
    '--share-ejections=on',
    '--routes=/dev/null',
    '--listen=tls://127.0.0.1:0',
  ]);
  assert.equal(code, 2);
  assert.match(stderr, /--share-ejections: cannot be combined with --routes/);
});

function withWorld(title: string, body: (world: World) => Promise<void>): void {
  test(title, { skip: SKIP, timeout: 90_000 }, async () => {
    await using owned = new Owned();
    const redis = owned.use(await startRedis());
    const backends: AnsweringBackend[] = [];
    for (const name of NAMES) backends.push(owned.use(await startAnsweringBackend(name)));
    await redis.cli('SADD', BACKENDS, ...backends.map(({ address }) => address));
    await body({ owned, redis, backends });
  });
}

async function startEdge(
  { owned, redis }: World,
  args: readonly string[] = [],
  url = redis.url,
): Promise<Sluice> {
  return owned.use(await startSluice({ redis: url, args: [...SHARING, ...args] }));
}

async function lastOf(edge: Sluice): Promise<string> {
  return (await askTls(edge.address(), NAME)).at(-1)!;
}

async function lastOfPlain(edge: Sluice): Promise<string> {
  return (await askHttp(edge.address(1), NAME)).at(-1)!;
}

async function askForAll(edge: Sluice, last = lastOf): Promise<void> {
  const left = new Set(NAMES);
  await eventually(async () => {
    left.delete(await last(edge));
    return left.size === 0;
  });
}

async function askUntilOut(edge: Sluice, count: number, last = lastOf): Promise<void> {
  await eventually(async () => {
    await last(edge);
    const out = (await edge.metrics()).get(OUT);
    if (out !== count) throw new Error(`${out} of ${count}`);
    return true;
  });
}
