import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { eventually } from '../../support/wait.ts';

const run = promisify(execFile);

/** The one descriptor that a process may still open. Disposed of, it may open as many as before. */
export interface LastDescriptor extends AsyncDisposable {
  /** Wait until it is free again. */
  isFree(): Promise<void>;
}

/** Let a process, which is idle, open one descriptor more and no second one. */
export async function leaveOneDescriptor(pid: number): Promise<LastDescriptor> {
  const before = await softLimit(pid);
  const used = await descriptorsOf(pid);
  // The kernel gives out the lowest number that is free, and none from the limit on.
  let free = 0;
  while (used.includes(String(free))) free++;
  await setSoftLimit(pid, String(free + 1));
  return {
    isFree: async () => {
      await eventually(async () => !(await descriptorsOf(pid)).includes(String(free)));
    },
    [Symbol.asyncDispose]: () => setSoftLimit(pid, before),
  };
}

function descriptorsOf(pid: number): Promise<string[]> {
  return readdir(`/proc/${pid}/fd`);
}

async function softLimit(pid: number): Promise<string> {
  const asked = ['--pid', String(pid), '--nofile', '--noheadings', '--raw', '--output', 'SOFT'];
  const { stdout } = await run('prlimit', asked);
  return stdout.trim();
}

async function setSoftLimit(pid: number, limit: string): Promise<void> {
  await run('prlimit', ['--pid', String(pid), `--nofile=${limit}:`]);
}
