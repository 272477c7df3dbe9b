import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { askTls } from '../../../test/support/ask.ts';
import { makeFolder } from '../../../test/support/folder.ts';
import { startSluice, type Sluice } from '../../../test/support/sluice.ts';
import { eventually } from '../../../test/support/wait.ts';

const WATCH = join(import.meta.dirname, 'watch-loop.js');
const RETRY_MS = 5;
const MAX_LOAD_MS = 300_000;

/** How the main thread of a sluice fares. */
export interface Watch {
  readonly maxMs: number;
  readonly p99Ms: number;
  readonly heap: number;
}

/** A sluice that is measured from the moment it is started. */
export interface Edge extends AsyncDisposable {
  readonly sluice: Sluice;
  /** When it was started, as `performance.now()` has it. */
  readonly began: number;
  watch(): Watch;
}

export async function startEdge(redis: string, ...args: readonly string[]): Promise<Edge> {
  const folder = await makeFolder();
  const file = folder.file('watch.json');
  const began = performance.now();
  const sluice = await startSluice({
    redis,
    listeners: ['tls://127.0.0.1:0'],
    args: ['--access-log=off', ...args],
    env: { NODE_OPTIONS: `--import=${WATCH}`, BENCH_WATCH: file },
    ready: false,
  });
  // From here on: not the loading of modules.
  sluice.signal('SIGUSR2');
  return {
    sluice,
    began,
    watch: () => JSON.parse(readFileSync(file, 'utf8')) as Watch,
    async [Symbol.asyncDispose]() {
      await sluice[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Milliseconds from the start until a client of this name is served. */
export async function firstSession({ sluice, began }: Edge, name: string): Promise<number> {
  while ((await askTls(sluice.address(), name)) !== 'one') {
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  return performance.now() - began;
}

/** Milliseconds from the start until all is read. */
export async function loaded({ sluice, began }: Edge): Promise<number> {
  await eventually(() => sluice.log().some(({ msg }) => msg === 'ready'), MAX_LOAD_MS);
  return performance.now() - began;
}

/** Resident memory of the process and its peak, in MB. */
export function residentMb(pid: number): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const kb = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  return { now: kb('VmRSS') / 1024, peak: kb('VmHWM') / 1024 };
}
