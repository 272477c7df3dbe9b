import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { askTls } from '../../../test/support/ask.ts';
import { fillRedis } from '../../../test/support/fill-redis.ts';
import { makeFolder } from '../../../test/support/folder.ts';
import { startNamedBackend } from '../../../test/support/named-backend.ts';
import { startRedis, type RedisServer } from '../../../test/support/redis.ts';
import { cpuSeconds } from '../proxies/process.ts';
import { firstSession, loaded, residentMb, startEdge, type Edge } from './edge.ts';

const FLOOD = join(import.meta.dirname, 'flood.js');
const FLOOD_SECONDS = 10;
const KNOWN_EVERY_MS = 5;
const KNOWN_NAMES = 50;

const counts = process.argv.slice(2).map(Number);
await using backend = await startNamedBackend('one');

say(
  '| routes | loaded in | main thread held up at most | memory (peak) | heap | first session | with a snapshot, Redis down |',
);
say('| --: | --: | --: | --: | --: | --: | --: |');
for (const count of counts.length > 0 ? counts : [100_000, 1_000_000]) {
  await using redis = await startRedis();
  await fill(redis, count);
  await measureLoad(redis, count);
  if (count === Math.max(1_000_000, ...counts) || counts.length === 1)
    await measureFloods(redis, count);
}

async function fill(redis: RedisServer, count: number): Promise<void> {
  await fillRedis(redis.socket, count, (i) => [`hostnames:${nameOf(i)}:backends`, backend.address]);
}

function nameOf(i: number): string {
  return `app-${String(i).padStart(7, '0')}.example.test`;
}

async function measureLoad(redis: RedisServer, count: number): Promise<void> {
  await using folder = await makeFolder();
  const snapshot = `--snapshot=${folder.file('routes.snapshot')}`;
  const figures = await loadFigures(redis, count, snapshot);
  await redis.save();
  await redis.kill();
  await using edge = await startEdge(redis.url, snapshot);
  const first = await firstSession(edge, nameOf(count - 1));
  await redis.start();
  say(`| ${count.toLocaleString('en')} | ${figures.join(' | ')} | ${seconds(first)} |`);
}

async function loadFigures(redis: RedisServer, count: number, snapshot: string): Promise<string[]> {
  await using edge = await startEdge(redis.url, snapshot);
  const first = firstSession(edge, nameOf(count - 1));
  const took = await loaded(edge);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const { maxMs, heap } = edge.watch();
  const { now, peak } = residentMb(edge.sluice.pid);
  const figures = [
    seconds(took),
    `${maxMs.toFixed(0)} ms`,
    `${now.toFixed(0)} (${peak.toFixed(0)}) MB`,
    `${(heap / 2 ** 20).toFixed(0)} MB`,
    seconds(await first),
  ];
  // Which writes the snapshot.
  await edge.sluice.stop();
  return figures;
}

async function measureFloods(redis: RedisServer, count: number): Promise<void> {
  say('');
  say(
    '| | names asked | CPU | commands to Redis | known names, median | 99th percentile | main thread held up at most | heap grew |',
  );
  say('| --- | --: | --: | --: | --: | --: | --: | --: |');
  const modes = { 'whole table': count, 'on demand': count / 2 } as const;
  for (const [mode, max] of Object.entries(modes)) {
    await using edge = await startEdge(redis.url, `--route-table-max=${max}`, '--snapshot=off');
    await loaded(edge);
    await firstSession(edge, nameOf(0));
    await measureFlood(`${mode}, no flood`, edge, redis, false);
    await measureFlood(`${mode}, flood`, edge, redis, true);
  }
}

async function measureFlood(
  label: string,
  edge: Edge,
  redis: RedisServer,
  isFlooded: boolean,
): Promise<void> {
  for (let i = 0; i < KNOWN_NAMES; i++) await askTls(edge.sluice.address(), nameOf(i));
  const before = {
    cpu: cpuSeconds(edge.sluice.pid),
    heap: edge.watch().heap,
    at: performance.now(),
  };
  edge.sluice.signal('SIGUSR2');
  await redis.cli('CONFIG', 'RESETSTAT');
  const flood = isFlooded ? runFlood(edge) : null;
  const latencies = await knownNames(edge);
  const sent = (await flood)?.sent ?? 0;
  const lasted = (performance.now() - before.at) / 1000;
  const cpu = (cpuSeconds(edge.sluice.pid) - before.cpu) / lasted;
  const commands = await commandsOf(redis);
  const { maxMs, heap } = edge.watch();
  const cells = [
    `${(sent / lasted).toFixed(0)}/s`,
    `${(100 * cpu).toFixed(0)} %`,
    `${(commands / lasted).toFixed(0)}/s`,
    `${at(latencies, 0.5).toFixed(2)} ms`,
    `${at(latencies, 0.99).toFixed(2)} ms`,
    `${maxMs.toFixed(0)} ms`,
    `${((heap - before.heap) / 2 ** 20).toFixed(0)} MB`,
  ];
  say(`| ${label} | ${cells.join(' | ')} |`);
}

async function runFlood(edge: Edge): Promise<{ sent: number }> {
  const port = edge.sluice.address().split(':').at(-1)!;
  const child = spawn(process.execPath, [FLOOD, port, String(FLOOD_SECONDS)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const output = await text(child.stdout);
  await exited;
  return JSON.parse(output) as { sent: number };
}

/** Milliseconds that known names take to be served meanwhile, sorted. */
async function knownNames(edge: Edge): Promise<number[]> {
  const latencies: number[] = [];
  const until = performance.now() + FLOOD_SECONDS * 1000;
  for (let i = 0; performance.now() < until; i++) {
    const began = performance.now();
    const answer = await askTls(edge.sluice.address(), nameOf(i % KNOWN_NAMES));
    if (answer !== 'one') throw new Error(`a known name got ${answer}`);
    latencies.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, KNOWN_EVERY_MS));
  }
  return latencies.toSorted((a, b) => a - b);
}

async function commandsOf(redis: RedisServer): Promise<number> {
  const stats = await redis.cli('INFO', 'commandstats');
  const counted = [...stats.matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)];
  const ours = counted.filter(([, command]) => /^(?:sscan|hscan|pttl|scan)/.test(command!));
  return ours.reduce((sum, [, , calls]) => sum + Number(calls), 0);
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

function say(line: string): void {
  console.log(line);
}
