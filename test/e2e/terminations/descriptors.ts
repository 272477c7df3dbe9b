import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Let a process open one descriptor more and no second one, until this is disposed of. */
export async function leaveOneDescriptor(pid: number): Promise<AsyncDisposable> {
  const before = await softLimit(pid);
  const used = new Set(await readdir(`/proc/${pid}/fd`));
  // The kernel gives out the lowest number that is free, and none from the limit on.
  let free = 0;
  while (used.has(String(free))) free++;
  await setSoftLimit(pid, String(free + 1));
  return { [Symbol.asyncDispose]: () => setSoftLimit(pid, before) };
}

async function softLimit(pid: number): Promise<string> {
  const asked = ['--pid', String(pid), '--nofile', '--noheadings', '--raw', '--output', 'SOFT'];
  const { stdout } = await run('prlimit', asked);
  return stdout.trim();
}

async function setSoftLimit(pid: number, limit: string): Promise<void> {
  await run('prlimit', ['--pid', String(pid), `--nofile=${limit}:`]);
}
