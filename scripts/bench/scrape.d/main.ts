import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { askTls } from '../../../test/support/ask.ts';
import { fillRedis } from '../../../test/support/fill-redis.ts';
import { startNamedBackend } from '../../../test/support/named-backend.ts';
import { startRedis } from '../../../test/support/redis.ts';
import { sumOf, type Metrics } from '../../../test/support/metrics.ts';
import { eventually } from '../../../test/support/wait.ts';
import { loaded, startEdge, type Edge } from '../million.d/edge.ts';

const VISITORS = 32;
const SCRAPES = 20;
/** The edge says every 100 ms how it fares: after this it has said what the scrape was like. */
const SETTLE_MS = 400;
const VISIT_EVERY_MS = 5;

const [hosts = 10_000, sessions = 20_000] = process.argv.slice(2).map(Number);
await using backend = await startNamedBackend('one');
await using redis = await startRedis();
await fillRedis(redis.socket, hosts, (i) => [`hostnames:${nameOf(i)}:backends`, backend.address]);
await using edge = await startEdge(redis.url, `--metrics-hosts=${hosts}`, '--snapshot=off');
await loaded(edge);
// Where we may: so that what else this machine does is not taken for what a scrape does.
spawnSync('chrt', ['--all-tasks', '--rr', '--pid', '1', String(edge.sluice.pid)]);
await visitAll(edge);
await eventually(
  async () => sumOf(await edge.sluice.metrics(), 'sluice_host_sessions_total') === sessions,
  60_000,
);
say(
  '| | scrapes | text | each takes | main thread held up, median | at most | turns of the worker over 5 ms | a client, median | 99th percentile |',
);
say('| --- | --: | --: | --: | --: | --: | --: | --: | --: |');
await measure('at rest', () => Promise.resolve(0));
await measure('scraped', scrapeOnce);

/** By a program of its own: this one is the clients. The bytes that came. */
async function scrapeOnce(): Promise<number> {
  const url = `${edge.sluice.adminUrl}/metrics`;
  const args = ['-s', '-o', '/dev/null', '-w', '%{size_download}', url];
  return Number((await promisify(execFile)('curl', args)).stdout);
}

async function visitAll({ sluice }: Edge): Promise<void> {
  let visited = 0;
  const visit = async () => {
    while (visited < sessions) await askTls(sluice.address(), nameOf(visited++ % hosts));
  };
  await Promise.all(Array.from({ length: VISITORS }, visit));
}

async function measure(label: string, scrape: () => Promise<number>): Promise<void> {
  const held: number[] = [];
  const took: number[] = [];
  let length = 0;
  const before = await edge.sluice.metrics();
  const visits = visitUntilStopped();
  for (let i = 0; i < SCRAPES; i++) {
    edge.sluice.signal('SIGUSR2');
    const began = performance.now();
    length = await scrape();
    took.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    held.push(edge.watch().maxMs);
  }
  const latencies = await visits.stop();
  const turns = slowTurns(before, await edge.sluice.metrics());
  const cells = [
    String(SCRAPES),
    `${(length / 1e6).toFixed(1)} MB`,
    `${at(took, 0.5).toFixed(0)} ms`,
    `${at(held, 0.5).toFixed(1)} ms`,
    `${at(held, 1).toFixed(1)} ms`,
    turns,
    `${at(latencies, 0.5).toFixed(2)} ms`,
    `${at(latencies, 0.99).toFixed(2)} ms`,
  ];
  say(`| ${label} | ${cells.join(' | ')} |`);
}

/** Clients of the edge meanwhile, and how long they took to be served. */
function visitUntilStopped() {
  const latencies: number[] = [];
  const stopped = new AbortController();
  const visit = async () => {
    for (let i = 0; !stopped.signal.aborted; i = (i + 1) % hosts) {
      const began = performance.now();
      await askTls(edge.sluice.address(), nameOf(i));
      latencies.push(performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, VISIT_EVERY_MS));
    }
  };
  const visited = visit();
  return {
    async stop() {
      stopped.abort();
      await visited;
      return latencies;
    },
  };
}

/** Turns in which a worker kept what was ready waiting for long, of all. */
function slowTurns(before: Metrics, after: Metrics): string {
  const grown = (labels: Readonly<Record<string, string>>) => {
    const name = 'sluice_worker_wait_seconds_bucket';
    return sumOf(after, name, labels) - sumOf(before, name, labels);
  };
  const all = grown({ le: '+Inf' });
  return `${all - grown({ le: '0.005' })} of ${all}`;
}

function nameOf(i: number): string {
  return `app-${String(i).padStart(6, '0')}.customers.example.test`;
}

function at(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}

function say(line: string): void {
  console.log(line);
}
