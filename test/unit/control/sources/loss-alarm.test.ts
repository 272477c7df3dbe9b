import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LossAlarm } from '../../../../src/control/sources/loss/loss-alarm.ts';
import type { RedisAddress, SentinelPlace } from '../../../../src/control/sources/redis/address.ts';
import { RecordingLog } from '../../../contract/source.ts';

const SENTINEL: SentinelPlace = {
  kind: 'sentinel',
  sentinels: [],
  master: 'main',
  nodes: {
    tls: false,
    access: {
      user: null,
      passwordFile: null,
      database: 3,
      tls: { ca: null, cert: null, key: null, serverName: null },
    },
  },
  shown: 'redis-sentinel://127.0.0.1:26379/main',
};

const PLACES: readonly (readonly [RedisAddress | SentinelPlace, string])[] = [
  [
    { url: 'redis://me:s3cret@10.0.0.1:6390/3', shown: '' },
    "redis-cli -h 10.0.0.1 -p 6390 -n 3 SET 'x y:accept-loss' yes EX 60",
  ],
  [{ url: '/run/r.sock', shown: '' }, "redis-cli -s /run/r.sock SET 'x y:accept-loss' yes EX 60"],
  [SENTINEL, "SET 'x y:accept-loss' yes EX 60"],
];

test('how a loss is accepted names the Redis and the database, and no password', () => {
  for (const [place, accept] of PLACES) {
    const log = new RecordingLog();
    new LossAlarm(log, place, 'x y:accept-loss').tell({ held: 9, routes: 10 }, 0);
    assert.ok(log.lines[0]!.includes(JSON.stringify(accept)), log.lines[0]);
  }
});

test('a loss is told when it begins, about every minute, and when it is over', () => {
  const lines: string[] = [];
  const log = {
    info: () => lines.push('info'),
    warn: () => lines.push('warn'),
    error: () => lines.push('error'),
  };
  const alarm = new LossAlarm(
    log,
    { url: 'redis://127.0.0.1', shown: 'r' },
    'hostnames:accept-loss',
  );
  alarm.tell({ held: 0, routes: 10 }, 0);
  assert.deepEqual(lines, []);
  for (const now of [1000, 2000, 40_000, 58_000, 59_000]) alarm.tell({ held: 9, routes: 10 }, now);
  assert.deepEqual(lines, ['error', 'error']);
  alarm.tell({ held: 0, routes: 1 }, 59_500);
  alarm.tell({ held: 0, routes: 1 }, 59_600);
  assert.deepEqual(lines, ['error', 'error', 'info']);
});
