import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askTls } from '../../support/ask.ts';
import { clientHello } from '../../support/client-hello.ts';
import { startNamedBackend } from '../../support/named-backend.ts';
import { startRawBackend } from '../../support/raw-backend.ts';
import { connectRaw } from '../../support/raw-client.ts';
import { redisMissing, startRedis, type RedisServer } from '../../support/redis.ts';
import { runSluice, startSluice, type Sluice } from '../../support/sluice.ts';
import { eventually } from '../../support/wait.ts';

const SKIP = await redisMissing();
const HOST = 'app.example.test';
const BACKENDS = `hostnames:${HOST}:backends`;
const DRAINING = `hostnames:${HOST}:draining`;
const HELLO = clientHello(HOST);

withRedis(
  'a drained backend takes no new session at any edge, until it is taken back',
  async (redis) => {
    await using one = await startNamedBackend('one');
    await using two = await startNamedBackend('two');
    await redis.cli('SADD', BACKENDS, one.address, `${two.address}?weight=5`);
    await using edge = await startEdge(redis);
    await using other = await startEdge(redis);
    const drained = await runSluice(['drain', HOST, two.address, ...redisFlags(redis)]);
    assert.deepEqual(drained, {
      code: 0,
      signal: null,
      stdout: `${HOST}: ${two.address}?weight=5 takes no new sessions`,
      stderr: '',
    });
    assert.equal(await redis.cli('SMEMBERS', DRAINING), `${two.address}?weight=5`);
    for (const sluice of [edge, other]) await untilNever(sluice, 'two');

    const again = await runSluice(['drain', HOST, two.address, ...redisFlags(redis)]);
    assert.equal(again.code, 0);
    assert.match(again.stdout, /takes no new sessions, as before$/);

    const back = await runSluice(['undrain', HOST, two.address, ...redisFlags(redis)]);
    assert.equal(back.code, 0);
    assert.equal(await redis.cli('EXISTS', DRAINING), '0');
    await eventually(async () => (await askTls(edge.address(), HOST)) === 'two');
  },
);

withRedis('--wait waits for the last session at every edge asked', async (redis) => {
  await using one = await startRawBackend();
  await using two = await startRawBackend();
  await redis.cli('SADD', BACKENDS, one.address);
  await using edge = await startEdge(redis);
  await using other = await startEdge(redis);
  await using client = await connectRaw(other.address());
  await client.send(HELLO);
  await using connection = await one.accept();
  await connection.read(HELLO.length);
  await redis.cli('SADD', BACKENDS, two.address);
  const args = ['drain', HOST, one.address, ...redisFlags(redis), '--wait'];
  const edges = [edge, other].flatMap((each) => adminFlags(each));

  const late = await runSluice([...args, ...edges, '--timeout', '200ms']);
  assert.equal(late.code, 1);
  assert.match(
    late.stderr,
    /^sluice: time is up, and it goes on draining: \S+ has 0 sessions, \S+ has 1 session$/,
  );

  const waiting = runSluice([...args, ...edges]);
  await Promise.all([client.finish(), connection.finish()]);
  const { code, stdout } = await waiting;
  assert.equal(code, 0);
  assert.match(stdout, new RegExp(`^no session is left on ${one.address}$`, 'm'));
});

withRedis('--wait works for a wildcard and for a default, too', async (redis) => {
  await using sluice = await startEdge(redis);
  for (const pattern of ['*.example.test', 'httpsDefault']) {
    await redis.cli('SADD', `hostnames:${pattern}:backends`, '10.0.0.1', '10.0.0.2');
    const flags = [...redisFlags(redis), ...adminFlags(sluice)];
    const { code, stderr } = await runSluice(['drain', pattern, '10.0.0.1', '--wait', ...flags]);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  }
});

withRedis('the last backend is drained by --force only', async (redis) => {
  await redis.cli('SADD', BACKENDS, '10.0.0.1', 'not a backend');
  const args = ['drain', HOST, '10.0.0.1', ...redisFlags(redis)];
  const refused = await runSluice(args);
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /^sluice: 10\.0\.0\.1 is the last backend of app\.example\.test: .* --force$/,
  );
  assert.equal(await redis.cli('EXISTS', DRAINING), '0');
  assert.equal((await runSluice([...args, '--force'])).code, 0);
  assert.equal(await redis.cli('SMEMBERS', DRAINING), '10.0.0.1');
});

withRedis(
  'a backend that is not there, or that several members are, is not guessed',
  async (redis) => {
    await redis.cli('SADD', BACKENDS, 'tls://10.0.0.1:443', 'http://10.0.0.1:443', '10.0.0.2');
    const run = (word: string, host = HOST) =>
      runSluice(['drain', host, word, ...redisFlags(redis)]);
    const several = await run('10.0.0.1:443');
    assert.equal(several.code, 1);
    assert.match(
      several.stderr,
      /several backends .* name one: http:\/\/10\.0\.0\.1:443 tls:\/\/10\.0\.0\.1:443$/,
    );
    assert.equal((await run('tls://10.0.0.1:443')).code, 0);
    const none = await run('10.0.0.9\u001b[2J');
    assert.match(
      none.stderr,
      /^sluice: 10\.0\.0\.9\\x1b\[2J is not among the backends of app\.example\.test: it has /,
    );
    const nothing = await run('10.0.0.1', 'other.test');
    assert.match(nothing.stderr, /other\.test: it has none$/);
    const badHost = await run('10.0.0.1', 'App.example.test');
    assert.deepEqual(
      [badHost.code, badHost.stderr],
      [2, 'HOST: "App.example.test" has upper case: names are looked up in lower case'],
    );
  },
);

withRedis('an edge that is away ends the wait, and the backend goes on draining', async (redis) => {
  await redis.cli('SADD', BACKENDS, '10.0.0.1', '10.0.0.2');
  const flags = [...redisFlags(redis), '--wait', '--admin', '127.0.0.1:1'];
  const { code, stderr } = await runSluice(['drain', HOST, '10.0.0.1', ...flags]);
  assert.equal(code, 1);
  assert.equal(stderr, 'sluice: no edge answers at 127.0.0.1:1: connection refused; see --admin');
  assert.equal(await redis.cli('SMEMBERS', DRAINING), '10.0.0.1');
});

function startEdge(redis: RedisServer): Promise<Sluice> {
  return startSluice({ redis: redis.url, args: ['--balance', 'round-robin'] });
}

function redisFlags(redis: RedisServer): string[] {
  return ['--redis', redis.url];
}

function adminFlags(sluice: Sluice): string[] {
  return ['--admin', sluice.adminUrl.slice('http://'.length)];
}

/** Wait until a whole round of the others has come by. */
async function untilNever(sluice: Sluice, name: string): Promise<void> {
  await eventually(async () => {
    for (let i = 0; i < 8; i++) if ((await askTls(sluice.address(), HOST)) === name) return false;
    return true;
  });
}

function withRedis(title: string, run: (redis: RedisServer) => Promise<void>): void {
  test(title, { skip: SKIP }, async () => {
    await using redis = await startRedis();
    await run(redis);
  });
}
