import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test, type TestContext } from 'node:test';
import { askTls } from '../support/ask.ts';
import { meanwhile } from '../support/meanwhile.ts';
import { sumOf } from '../support/metrics.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { redisMissing, startRedis, type RedisServer } from '../support/redis.ts';
import { startSluice, type LogLine, type Sluice } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';

const skip = await redisMissing();
const GOOD = 'good.example.test';
const TOUCHES = 20;
/** What the edge may need more for all of it: it is 40 MB, and most of that is never read. */
const MAX_GROWTH_BYTES = 200 * 2 ** 20;

/** A value that nobody in their right mind writes. */
interface Hostile {
  readonly host: string;
  readonly write: (redis: RedisServer, host: string, address: string) => Promise<unknown>;
  /** What a session for it comes to; `null` for a name that no hello can have. */
  readonly outcome: string | null;
  /** What is said of it, in any order. */
  readonly reasons: readonly RegExp[];
}

const VALUES: readonly Hostile[] = [
  {
    host: 'string.test',
    write: (redis, host, address) => redis.cli('SET', key(host, 'backends'), address),
    outcome: 'alert 112',
    reasons: [/^is not a set$/],
  },
  {
    host: 'wrong-parts.test',
    write: (redis, host, address) =>
      redis.multi(
        ['SADD', key(host, 'backends'), address],
        ['LPUSH', key(host, 'draining'), address],
        ['ZADD', key(host, 'acme'), '1', address],
        ['SADD', key(host, 'options'), 'deny'],
      ),
    outcome: 'one',
    reasons: [
      /^has draining that is not a set; has acme that is not a set; has options that are not a hash$/,
    ],
  },
  {
    host: '10-mb-set.test',
    write: filled(100, 'backends', "string.rep('x', 100000) .. i"),
    outcome: 'alert 112',
    reasons: [/over 1 MiB/, /over 512 bytes/],
  },
  {
    host: '1-mb-member.test',
    write: async (redis, host, address) => {
      await redis.cli('SADD', key(host, 'backends'), address);
      await filled(1, 'backends', "string.rep('y', 1000000)")(redis, host);
    },
    outcome: 'one',
    reasons: [/over 512 bytes/],
  },
  {
    host: 'control.test',
    write: async (redis, host, address) => {
      await redis.cli('SADD', key(host, 'backends'), address);
      await filled(1, 'backends', "'\\27[2J\\7' .. '10.0.0.1\\n\\0'")(redis, host);
    },
    outcome: 'one',
    reasons: [/^(?!is not a set)/],
  },
  {
    host: '10000-backends.test',
    write: (redis, host, address) => filled(10_000, 'backends', numbered(address))(redis, host),
    outcome: 'one',
    reasons: [/more than 256 backends/],
  },
  {
    host: `${'a23456789.'.repeat(29)}abcdefghij`,
    write: (redis, host, address) => redis.cli('SADD', key(host, 'backends'), address),
    outcome: null,
    reasons: [/./],
  },
  {
    host: 'unknown-options.test',
    write: async (redis, host, address) => {
      await redis.cli('SADD', key(host, 'backends'), address);
      await redis.cli('HSET', key(host, 'options'), 'balanc', 'random', '__proto__', 'x');
    },
    outcome: 'one',
    reasons: [/^is for an option that routes do not have$/, /^is for an option .*"?balance"?/],
  },
  {
    host: 'huge-options.test',
    write: async (redis, host, address) => {
      await redis.cli('SADD', key(host, 'backends'), address);
      const fill = `for i = 1, 10000 do redis.call('HSET', KEYS[1], 'f' .. i, 'x') end
        redis.call('HSET', KEYS[1], 'allow', string.rep('z', 1000000))`;
      await redis.cli('EVAL', fill, '1', key(host, 'options'));
    },
    outcome: 'one',
    reasons: [/more than 32 options/],
  },
];

test(
  'values that nobody should write are bounded, counted and told once, and harm no other route',
  { skip, timeout: 120_000 },
  async (t) => {
    await using one = await startNamedBackend('one', { host: '0.0.0.0' });
    const address = `127.0.0.1:${one.port}`;
    await using redis = await startRedis();
    await redis.cli('SADD', key(GOOD, 'backends'), address);
    await using sluice = await startSluice({ redis: redis.url });
    const before = await residentBytes(sluice);
    const write = async () => {
      for (const value of VALUES) await value.write(redis, value.host, address);
      for (const value of VALUES) await isAsItShould(sluice, value);
      await sluice.waitForMetric('sluice_route_bad_keys', {}, VALUES.length - 2);
      const told = complaints(sluice).length;
      for (let i = 0; i < TOUCHES; i++) await touch(redis);
      await addAnother(redis, sluice, address);
      assert.equal(complaints(sluice).length, told, 'each is told once, however often it is read');
    };
    await meanwhile(write, () => isServing(sluice));
    await isCounted(sluice, before, t);
    await isOnlyTemporary(redis, sluice, address);
  },
);

async function isServing(sluice: Sluice): Promise<void> {
  assert.equal(await askTls(sluice.address(), GOOD), 'one');
  assert.equal((await sluice.admin('/readyz')).status, 200);
}

async function isAsItShould(sluice: Sluice, { host, outcome, reasons }: Hostile): Promise<void> {
  if (outcome !== null) {
    await eventually(async () => (await askTls(sluice.address(), host)) === outcome);
  }
  const of = ({ route }: LogLine) => String(route).startsWith(host.slice(0, 200));
  for (const reason of reasons) {
    await sluice.waitForLog(
      (line) => line.msg === LEFT_OUT && of(line) && reason.test(String(line['reason'])),
    );
  }
}

/** Have every key announced as changed, and read again, though it says the same. */
async function touch(redis: RedisServer): Promise<void> {
  const parts = ['backends', 'draining', 'acme', 'options'];
  const commands = VALUES.flatMap(({ host }) =>
    parts.map((part) => ['PEXPIRE', key(host, part), '1000000']),
  );
  await redis.multi(...commands);
}

/** A change behind all of those is in force: so they have been read. */
async function addAnother(redis: RedisServer, sluice: Sluice, address: string): Promise<void> {
  await redis.cli('SADD', key('later.test', 'backends'), address);
  await eventually(async () => (await askTls(sluice.address(), 'later.test')) === 'one');
}

async function isCounted(sluice: Sluice, before: number, t: TestContext): Promise<void> {
  const metrics = await sluice.metrics();
  assert.equal(sumOf(metrics, 'sluice_backends_refused'), 1, 'the member of control characters');
  assert.equal(sumOf(metrics, 'sluice_route_options_refused'), 2 + 32);
  const printed = sluice.program.stderr.text;
  // oxlint-disable-next-line no-control-regex -- these are what must not reach a terminal
  assert.doesNotMatch(printed, /[\u0000-\u0009\u000b-\u001f\u007f]/);
  assert.ok(Math.max(...sluice.program.stderr.seen.map(({ length }) => length)) < 2000);
  const growth = (await residentBytes(sluice)) - before;
  t.diagnostic(`${complaints(sluice).length} lines, ${(growth / 2 ** 20).toFixed(0)} MiB more`);
  assert.ok(growth < MAX_GROWTH_BYTES, `it grew by ${growth} bytes`);
}

/** What is written right replaces what was wrong, and nothing is left of that. */
async function isOnlyTemporary(redis: RedisServer, sluice: Sluice, address: string): Promise<void> {
  for (const { host, outcome } of VALUES) {
    const all = ['backends', 'draining', 'acme', 'options'].map((part) => key(host, part));
    await redis.multi(['UNLINK', ...all], ['SADD', key(host, 'backends'), address]);
    if (outcome === null) await redis.cli('DEL', ...all);
    else await eventually(async () => (await askTls(sluice.address(), host)) === 'one');
  }
  await sluice.waitForMetric('sluice_route_bad_keys', {}, 0);
  await sluice.waitForMetric('sluice_backends_refused', {}, 0);
  await sluice.waitForMetric('sluice_route_options_refused', {}, 0);
}

const LEFT_OUT = 'left out of the routes';

function complaints(sluice: Sluice): LogLine[] {
  return sluice.log().filter(({ msg }) => msg === LEFT_OUT);
}

async function residentBytes({ pid }: Sluice): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) * 1024;
}

/** Fill a set by a script, which needs no long command line; `member` is Lua. */
function filled(count: number, part: string, member: string) {
  const script = `for i = 1, ${count} do redis.call('SADD', KEYS[1], ${member}) end`;
  return (redis: RedisServer, host: string) => redis.cli('EVAL', script, '1', key(host, part));
}

/** All of 127.0.0.0/8 is this machine, and who listens on 0.0.0.0 listens on all of it. */
function numbered(address: string): string {
  const [, port] = address.split(':');
  return `'127.1.' .. math.floor(i / 250) .. '.' .. i % 250 .. ':${port}'`;
}

function key(host: string, part: string): string {
  return `hostnames:${host}:${part}`;
}
