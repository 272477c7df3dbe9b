import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { makeFolder } from '../../../test/support/folder.ts';
import { Bulk } from '../load/bulk.ts';
import { Chatter } from '../load/chatter.ts';
import { Names } from '../load/hellos.ts';
import { createLoad, leave } from '../load/load.ts';
import { ShortConnections } from '../load/short.ts';
import { Tally } from '../load/tally.ts';
import { Wire, type Exchange } from '../load/wire.ts';
import { findCores, pin } from '../proxies/cores.ts';
import { EPOLL } from '../proxies/sluice.ts';
import { drive, type Spent } from '../questions/spent.ts';
import { shares } from './samples.ts';
import { watched } from './tool.ts';

// Where the CPU time of the epoll engine goes. Started by scripts/bench/profile.

const WARM_MS = 4000;
const SAMPLE_MS = 5000;
const TRACE_MS = 2000;
const SAMPLES_PER_SECOND = 1999;
const SYSTEM_CALLS_SHOWN = 24;

const wire = new Wire();
const tally = new Tally();
const names = new Names(1);
const load = createLoad(wire, tally, names);
const exchanges: Readonly<Record<string, (port: number) => Exchange>> = {
  short: (port) => new ShortConnections(load, port, 64),
  chatter: (port) => new Chatter(load, port, 64),
  bulk: (port) => new Bulk(load, port, 8),
};
const what = process.argv[2] ?? 'short';
const exchange = exchanges[what];
if (exchange === undefined) throw new Error(`it profiles ${Object.keys(exchanges).join(', ')}`);

const cores = findCores();
pin(process.pid, cores.load);
await using folder = await makeFolder();
// Has V8 tell perf the names of what it compiles.
process.env['NODE_OPTIONS'] = '--perf-basic-prof';
await using proxy = await EPOLL.start({
  backendPort: wire.port,
  names,
  workers: 1,
  sessions: 1000,
});
const pid = String(proxy.pid);
pin(proxy.pid!, cores.proxy);
const run = (ms: number): Spent => drive(load, proxy, exchange(proxy.port), ms);
run(WARM_MS);

const spent = run(SAMPLE_MS);
const unit = what === 'bulk' ? tally.bytes / 1e6 : tally.done;
const cost = (spent.proxyCpu / unit) * 1e6;
console.log(`\n${what}: ${cost.toFixed(1)} µs of CPU each${what === 'bulk' ? ' MB' : ''}\n`);

const data = folder.file('perf.data');
const perf = ['perf', 'record', '-q', '-F', String(SAMPLES_PER_SECOND), '-o', data, '-p', pid];
await watched(perf, () => run(SAMPLE_MS));
const script = execFileSync('perf', ['script', '-i', data, '-F', 'ip,sym,dso'], {
  encoding: 'utf8',
  maxBuffer: 1 << 30,
  stdio: ['ignore', 'pipe', 'ignore'],
});
console.log('| where | share | µs |\n|---|--:|--:|');
for (const [place, share] of shares(script)) {
  console.log(`| ${place} | ${(share * 100).toFixed(0)} % | ${(share * cost).toFixed(1)} |`);
}

const trace = folder.file('strace');
const strace = ['strace', '-c', '-f', '-q', '-U', 'calls,errors,name', '-o', trace, '-p', pid];
tally.clear();
await watched(strace, () => wire.drive(exchange(proxy.port), TRACE_MS));
leave(load);
const each = what === 'bulk' ? 'MB' : 'one';
console.log(`\nsystem calls, and how many for ${each} (under strace, which slows everything):\n`);
const traced = what === 'bulk' ? tally.bytes / 1e6 : tally.done;
for (const line of readFileSync(trace, 'utf8').split('\n').slice(0, SYSTEM_CALLS_SHOWN)) {
  const calls = /^\s*(\d+)/.exec(line)?.[1];
  if (calls !== undefined)
    console.log(`${(Number(calls) / traced).toFixed(2).padStart(8)} ${line}`);
}
