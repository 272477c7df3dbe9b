import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { processTree } from './process.ts';

/** The cores that we may use, as taskset(1) writes them: one for the load, another for the proxy. */
export interface Cores {
  readonly load: string;
  readonly proxy: string;
  readonly all: string;
}

/** To be asked before anything was pinned. */
export function findCores(): Cores {
  const status = readFileSync('/proc/self/status', 'latin1');
  const all = /^Cpus_allowed_list:\s+(\S+)/m.exec(status)![1]!;
  const [first, second] = all.split(',').flatMap(expand);
  return { all, load: String(first), proxy: String(second ?? first) };
}

/** Keep a process, its threads and descendants to these cores. */
export function pin(pid: number, cores: string): void {
  for (const each of processTree(pid)) {
    execFileSync('taskset', ['-a', '-c', '-p', cores, String(each)], { stdio: 'ignore' });
  }
}

function expand(range: string): number[] {
  const [from, to = from] = range.split('-').map(Number);
  return Array.from({ length: to! - from! + 1 }, (_, at) => from! + at);
}
