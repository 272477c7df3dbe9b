import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redisCli } from '../../../../src/control/report/redis-cli.ts';

const TLS = { ca: '/ca.pem', cert: null, key: null, serverName: 'r.example' };
const ACCESS = { user: 'edge', passwordFile: '/secret', database: 4, tls: TLS };

const ADDRESSES: readonly (readonly [url: string, words: string])[] = [
  ['redis://127.0.0.1:6379', 'redis-cli -h 127.0.0.1 -p 6379'],
  ['redis://user:s3cret@redis.example/2', 'redis-cli -h redis.example -n 2'],
  ['redis://[fd00::1]:6380', 'redis-cli -h fd00::1 -p 6380'],
  ['/run/redis.sock', 'redis-cli -s /run/redis.sock'],
];

test('redis-cli is told which Redis and which database, and nothing that is secret', () => {
  for (const [url, words] of ADDRESSES) assert.equal(redisCli({ url, shown: '' }).join(' '), words);
});

test('redis-cli is told what the flags say, too', () => {
  assert.equal(
    redisCli({ url: '/run/redis.sock', shown: '', access: ACCESS }).join(' '),
    'redis-cli -s /run/redis.sock -n 4',
  );
  assert.equal(
    redisCli({ url: 'rediss://10.0.0.1/1', shown: '', access: ACCESS }).join(' '),
    'redis-cli -h 10.0.0.1 --tls --cacert /ca.pem --sni r.example -n 1',
  );
});
