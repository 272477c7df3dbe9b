import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRedisUrl } from '../../../../src/config/redis/url.ts';

const GOOD = [
  ['redis://127.0.0.1:6379', 'redis://127.0.0.1:6379', { ip: '127.0.0.1', port: 6379 }],
  ['redis://localhost', 'redis://localhost', { ip: '127.0.0.1', port: 6379 }],
  ['redis://[::1]:7000/3', 'redis://[::1]:7000/3', { ip: '::1', port: 7000 }],
  ['redis://my_redis:6379/', 'redis://my_redis:6379', null],
  ['rediss://edge:hunter2@redis.example.com/0', 'rediss://redis.example.com/0', null],
  ['redis://:hunter2@10.0.0.9', 'redis://10.0.0.9', { ip: '10.0.0.9', port: 6379 }],
  ['redis://:hunt@er%232@10.0.0.9', 'redis://10.0.0.9', { ip: '10.0.0.9', port: 6379 }],
] as const;

const SOCKETS = ['unix:/run/redis.sock', 'unix:///run/redis.sock', '/run/redis.sock'];

const BAD = [
  '',
  'redis',
  'redis:',
  'redis://',
  'redis:///0',
  'http://127.0.0.1',
  '127.0.0.1:6379',
  'REDIS://127.0.0.1',

  'redis://h:0',
  'redis://h:65536',
  'redis://h:port',
  'redis://:hunter2',
  'redis://a b',
  'redis://127.1',

  'redis://h/a',
  'redis://h/1/2',
  'redis://h/0?tls=true',
  'redis://h#x',
  'redis://:100%@h',
  'redis://[::1',

  'unix:run/redis.sock',
  'unix:',
  'unix:/',
  'unix:/run/../redis.sock',
  '/run/redis.sock?db=1',
];

test('Redis is known by its URL, and shown without its password', () => {
  for (const [url, shown, endpoint] of GOOD) {
    assert.deepEqual(parseRedisUrl(url), { value: { url, shown, endpoint } });
    assert.ok(!shown.includes('hunt'));
  }
});

test('a unix socket is known by its path', () => {
  const path = '/run/redis.sock';
  const value = { url: path, shown: 'unix:/run/redis.sock', endpoint: { path } };
  for (const text of SOCKETS) assert.deepEqual(parseRedisUrl(text), { value });
});

test('what ioredis would only choke on, or take for options, is not an address', () => {
  for (const text of BAD) assert.ok('reason' in parseRedisUrl(text), text);
});
