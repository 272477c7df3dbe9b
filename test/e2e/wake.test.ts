import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askHttp } from '../support/ask.ts';
import { clientHello } from '../support/client-hello.ts';
import { answerTo, firstAnswerOf, sendHello, startGreeter } from '../support/greeter.ts';
import { Program } from '../support/program.ts';
import { connectRaw } from '../support/raw-client.ts';
import { redisMissing, startRedis, type RedisServer } from '../support/redis.ts';
import { startSluice, type Sluice, type SluiceOptions } from '../support/sluice.ts';

const NAME = 'app.example.test';
const OPTIONS = `hostnames:${NAME}:options`;
const BACKENDS = `hostnames:${NAME}:backends`;
const WAITING = ['sluice_connections_active', { state: 'waiting' }] as const;
const NET = process.env['TEST_ENGINE'] === 'net';
const SEVERAL = NET ? [] : ['--workers=2'];
const skip = await redisMissing();

test(
  'a client of a route that sleeps waits for the backend that is started for it',
  { skip },
  async () => {
    await using redis = await startRedis();
    await redis.cli('HSET', OPTIONS, 'wake', '1m');
    await using waker = await listenForCalls(redis);
    await using sluice = await startEdge(redis, SEVERAL);
    await using one = await sendHello(sluice.address(), NAME);
    await using two = await sendHello(sluice.address(), NAME);
    assert.equal(await waker.next(), NAME);
    await sluice.waitForMetric(...WAITING, 2);
    await using backend = await startGreeter();
    await redis.cli('SADD', BACKENDS, backend.address);
    assert.deepEqual([await answerTo(one), await answerTo(two)], ['hi', 'hi']);
    const seen = await (await backend.accept()).read(clientHello(NAME).length);
    assert.deepEqual(seen, clientHello(NAME), 'nothing of the head was lost');
  },
);

test('a name is called for once a second, by all edges together', { skip }, async () => {
  await using redis = await startRedis();
  await redis.cli('HSET', OPTIONS, 'wake', '2s');
  await using waker = await listenForCalls(redis);
  await using first = await startEdge(redis);
  await using second = await startEdge(redis);
  const answers = [first, second].flatMap((edge) => [
    firstAnswerOf(edge.address(), NAME),
    askHttp(edge.address(1), NAME),
  ]);
  const all = ['alert 80', 'HTTP 503', 'alert 80', 'HTTP 503'];
  assert.deepEqual(await Promise.all(answers), all);
  const calls = waker.calls();
  assert.ok(calls.length >= 1 && calls.length <= 3, `${calls.length} calls in some two seconds`);
});

test('a route that does not wake in time says when to come again', { skip }, async () => {
  await using redis = await startRedis();
  await redis.cli('HSET', OPTIONS, 'wake', '1s');
  await using sluice = await startEdge(redis);
  await using client = await connectRaw(sluice.address(1));
  await client.send(`GET / HTTP/1.1\r\nHost: ${NAME}\r\n\r\n`);
  await client.end();
  assert.match(client.bytes().toString(), /^HTTP\/1\.1 503 .*\r\nRetry-After: \d+\r\n/s);
  const { termination } = await sluice.waitForSession(({ host }) => host === NAME);
  assert.equal(termination, 'no-backend');
});

test(
  'redirects, denied clients and clients that find the queue full call for nobody',
  { skip },
  async () => {
    await using redis = await startRedis();
    await using waker = await listenForCalls(redis);
    await redis.cli('HSET', OPTIONS, 'wake', '1m', 'redirect', 'https');
    await redis.cli('HSET', 'hostnames:denied.test:options', 'wake', '1m', 'deny', '127.0.0.1');
    await redis.cli('HSET', 'hostnames:none.test:options', 'wake', '1m', 'queue-max', '0');
    await redis.cli('HSET', 'hostnames:awake.test:options', 'wake', '1m');
    await using sluice = await startEdge(redis);
    const [tls, http] = sluice.addresses as [string, string];
    assert.equal(await askHttp(http, NAME), 'HTTP 308');
    assert.equal(await firstAnswerOf(tls, 'denied.test'), 'alert 49');
    assert.equal(await firstAnswerOf(tls, 'none.test'), 'alert 80');
    await using _last = await sendHello(tls, 'awake.test');
    assert.equal(await waker.next(), 'awake.test');
    assert.deepEqual(new Set(waker.calls()), new Set(['awake.test']));
  },
);

test(
  'a client that leaves is not waited for, and its name not called any more',
  { skip },
  async () => {
    await using redis = await startRedis();
    await redis.cli('HSET', OPTIONS, 'wake', '1m');
    await using waker = await listenForCalls(redis);
    await using sluice = await startEdge(redis);
    const client = await sendHello(sluice.address(), NAME);
    await waker.next();
    client.reset();
    await sluice.waitForMetric(...WAITING, 0);
    await sluice.waitForMetric('sluice_sessions_total', { termination: 'client-aborted' }, 1);
  },
);

test(
  'under a wildcard the name is called for that is wanted, and a route of its own wakes it',
  { skip },
  async () => {
    await using redis = await startRedis();
    await redis.cli('HSET', 'hostnames:*.example.test:options', 'wake', '1m');
    await using waker = await listenForCalls(redis);
    await using sluice = await startEdge(redis);
    await using client = await sendHello(sluice.address(), NAME);
    assert.equal(await waker.next(), NAME);
    await using backend = await startGreeter();
    await redis.cli('SADD', BACKENDS, backend.address);
    assert.equal(await answerTo(client), 'hi');
  },
);

test(
  'an edge that may not write calls all the same, and one that may not publish says so',
  { skip },
  async () => {
    await using redis = await startRedis();
    await redis.cli('HSET', OPTIONS, 'wake', '1m');
    const rights = [
      'on',
      '>secret',
      '~hostnames:*',
      '+@read',
      '+@connection',
      '+subscribe',
      '+info',
    ];
    await redis.cli(
      'ACL',
      'SETUSER',
      'edge',
      ...rights,
      '&__redis__:invalidate',
      '&sluice:wake',
      '+publish',
    );
    await using waker = await listenForCalls(redis);
    const url = redis.url.replace('//', '//edge:secret@');
    await using publisher = await startSluice({ redis: url });
    await using _client = await sendHello(publisher.address(), NAME);
    assert.equal(await waker.next(), NAME);
    await publisher.waitForLog(
      ({ msg }) => msg === 'a backend that clients wait for may not be started',
    );
    await redis.cli('ACL', 'SETUSER', 'edge', '-publish');
    await using mute = await startSluice({ redis: url });
    await using client = await sendHello(mute.address(), NAME);
    await mute.waitForLog(
      ({ msg }) => msg === 'a backend that clients wait for may not be started',
    );
    await using backend = await startGreeter();
    await redis.cli('SADD', BACKENDS, backend.address);
    assert.equal(await answerTo(client), 'hi', 'somebody else may have started it');
  },
);

function startEdge(redis: RedisServer, args: SluiceOptions['args'] = []): Promise<Sluice> {
  return startSluice({ redis: redis.url, args });
}

interface Waker extends AsyncDisposable {
  /** The first call, past or to come. */
  next(): Promise<string>;
  /** The names called for so far. */
  calls(): string[];
}

/** What starts backends: the real redis-cli, subscribed. */
async function listenForCalls(redis: RedisServer): Promise<Waker> {
  const program = new Program(['redis-cli', '-s', redis.socket, 'SUBSCRIBE', 'sluice:wake']);
  const { stdout } = program;
  await stdout.find((line) => (line === '1' ? true : undefined), 'that it is subscribed');
  // Three lines a message: its kind, the channel, the name.
  const calls = () => stdout.seen.filter((_, at) => stdout.seen[at - 2] === 'message');
  const isCall = () => calls()[0];
  return {
    next: () => stdout.find(isCall, 'a call'),
    calls,
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}
