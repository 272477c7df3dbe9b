import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  redisDatabase,
  redisEndpoint,
  redisLogin,
} from '../../../../src/control/sources/redis/address.ts';
import { Backoff } from '../../../../src/control/sources/redis/backoff.ts';
import { Outage } from '../../../../src/control/sources/redis/outage.ts';
import { redisProblem } from '../../../../src/control/sources/redis/problem.ts';
import { RecordingLog } from '../../../contract/source.ts';

test('an address says where Redis is, who we are and which database is meant', async () => {
  const address = { url: 'redis://edge:p%40ss@redis.example.com:6380/3', shown: '' };
  assert.deepEqual(await redisEndpoint(address), { host: 'redis.example.com', port: 6380 });
  const login = { username: 'edge', password: 'p@ss', database: 3 };
  assert.deepEqual(await redisLogin(address), login);
  assert.equal(redisDatabase(address), 3);
});

test('an address has sensible defaults, IPv6 and unix sockets', async () => {
  const at = (url: string) => redisEndpoint({ url, shown: '' });
  assert.deepEqual(await at('redis://[fd00::1]'), { host: 'fd00::1', port: 6379 });
  assert.deepEqual(await at('/run/redis.sock'), { path: '/run/redis.sock' });
  const nobody = { username: '', password: '', database: 0 };
  assert.deepEqual(await redisLogin({ url: 'redis://r.example', shown: '' }), nobody);
});

test('TLS names the name that is dialled, or the one it was told, and never an address', async () => {
  const tlsOf = async (url: string, serverName: string | null = null) => {
    const tls = { ca: null, cert: null, key: null, serverName };
    const access = { user: null, passwordFile: null, database: 0, tls };
    return ((await redisEndpoint({ url, shown: '', access })) as { tls?: object }).tls;
  };
  assert.deepEqual(await tlsOf('rediss://r.example'), { servername: 'r.example' });
  assert.deepEqual(await tlsOf('rediss://10.0.0.1', 'r.example'), { servername: 'r.example' });
  assert.deepEqual(await tlsOf('rediss://10.0.0.1'), {});
  assert.deepEqual(await tlsOf('rediss://[fd00::1]'), {});
  assert.equal(await tlsOf('redis://r.example'), undefined);
});

test('what is wrong is said in words, on one line', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  assert.equal(redisProblem(refused), 'connection refused');
  assert.equal(redisProblem(new Error('Command timed out')), 'no answer to a command');
  assert.equal(redisProblem(new Error('Connection is closed.')), 'connection closed');
  assert.equal(redisProblem(new Error('one\ntwo')), 'one');
  assert.equal(redisProblem(new Error('x'.repeat(5000))).length, 200);
  assert.equal(redisProblem(new Error('')), 'failed without a reason');
  assert.equal(redisProblem('thrown'), 'failed without a reason');
  const hostile = Object.assign(new Error('ERR \u001b[2J\u202e'), { name: 'ReplyError' });
  const shown = String.raw`ERR \x1b[2J\u{202e}`;
  assert.equal(redisProblem(hostile), shown);
  assert.equal(redisProblem(new Error(redisProblem(hostile))), shown);
});

const REPLIES = [
  ['NOAUTH Authentication required.', 'it wants a password (NOAUTH)'],
  ['CLUSTERDOWN The cluster is down', 'its cluster is down (CLUSTERDOWN)'],
  ['MOVED 866 10.0.0.1:6379', /one node of a cluster: --redis-cluster.*\(MOVED\)/],
  ['ERR max number of clients reached', /as many clients as its maxclients allows/],
  ['ERR invalid password', 'wrong user or password'],
  ['ERR DB index is out of range', 'it has no database of this number'],
  ["NOPERM this user has no permissions to run the 'scan' command", /^NOPERM .*'scan'/],
  ['ERR something new', 'ERR something new'],
] as const;

test('what Redis answers is put into words, and kept where it says more', () => {
  for (const [message, words] of REPLIES) {
    const told = redisProblem(Object.assign(new Error(message), { name: 'ReplyError' }));
    if (typeof words === 'string') assert.equal(told, words);
    else assert.match(told, words);
  }
});

test('tries are 50 ms apart, then twice as long up to a second, and never less than half', () => {
  const longest = new Backoff(() => 0);
  const waits = Array.from({ length: 7 }, () => longest.next());
  assert.deepEqual(waits, [50, 100, 200, 400, 800, 1000, 1000]);
  longest.reset();
  assert.equal(longest.next(), 50);
  const shortest = new Backoff(() => 1);
  assert.deepEqual([shortest.next(), shortest.next()], [25, 50]);
});

test('an outage is one line for each cause, five at most, and one for its end', () => {
  const log = new RecordingLog();
  const outage = new Outage(log, 'redis://127.0.0.1:6379');
  outage.ended(1);
  assert.equal(outage.since, null);
  for (let i = 0; i < 100; i++) outage.lost(`cause ${i % 10}`, 1);
  assert.notEqual(outage.since, null);
  outage.ended(2);
  assert.equal(outage.since, null);
  const messages = log.lines.map((line) => line.replace(/[:{].*/, ''));
  assert.deepEqual(messages, ['info', ...Array.from({ length: 5 }, () => 'warn'), 'info']);
  assert.match(log.lines[0]!, /routes read from Redis/);
  assert.match(log.lines.at(-1)!, /Redis is back/);
});

test('a Redis that comes and goes does not flood the log, and one that stays away is told', () => {
  let now = 0;
  const log = new RecordingLog();
  const outage = new Outage(log, 'redis://127.0.0.1:6379', () => now);
  outage.ended(1);
  for (; now < 60_000; now += 500) {
    outage.lost('connection reset', 1);
    now += 500;
    outage.ended(1);
  }
  assert.ok(log.lines.length <= 2 * 6 + 2, log.lines.join('\n'));
  assert.match(log.lines.at(-1)!, /Redis is back/);
  outage.lost('connection refused', 1);
  now += 10_000;
  outage.lost('connection refused', 1);
  assert.match(log.lines.at(-1)!, /not available.*connection refused/);
});
