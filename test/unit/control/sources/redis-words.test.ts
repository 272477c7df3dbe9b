import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redisEndpoint, redisLogin } from '../../../../src/control/sources/redis/address.ts';
import { Backoff } from '../../../../src/control/sources/redis/backoff.ts';
import { Outage } from '../../../../src/control/sources/redis/outage.ts';
import { redisProblem } from '../../../../src/control/sources/redis/problem.ts';
import { RecordingLog } from '../../../contract/source.ts';

test('an address says where Redis is, who we are and which database is meant', () => {
  const address = { url: 'redis://edge:p%40ss@redis.example.com:6380/3', shown: '' };
  assert.deepEqual(redisEndpoint(address), { host: 'redis.example.com', port: 6380 });
  assert.deepEqual(redisLogin(address), { username: 'edge', password: 'p@ss', database: 3 });
});

test('an address has sensible defaults, IPv6, TLS and unix sockets', () => {
  const at = (url: string) => ({ url, shown: '' });
  assert.deepEqual(redisEndpoint(at('redis://[fd00::1]')), { host: 'fd00::1', port: 6379 });
  assert.deepEqual(redisEndpoint(at('rediss://r.example')), {
    host: 'r.example',
    port: 6379,
    tls: {},
  });
  assert.deepEqual(redisEndpoint(at('/run/redis.sock')), { path: '/run/redis.sock' });
  assert.deepEqual(redisLogin(at('redis://r.example')), {
    username: '',
    password: '',
    database: 0,
  });
});

test('what is wrong is said in words, in one line, without the password', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  assert.equal(redisProblem(refused, ''), 'connection refused');
  assert.equal(redisProblem(new Error('Command timed out'), ''), 'no answer to a command');
  assert.equal(redisProblem(new Error('Connection is closed.'), ''), 'connection closed');
  const echo = new Error("ERR unknown command 'AUTH', with args beginning with: 's3cret'\nmore");
  const told = redisProblem(echo, 's3cret');
  assert.equal(told, "ERR unknown command 'AUTH', with args beginning with: '***'");
  assert.equal(redisProblem(new Error('x'.repeat(5000)), '').length, 200);
  assert.equal(redisProblem(new Error(''), ''), 'failed without a reason');
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
