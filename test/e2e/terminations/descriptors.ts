import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Let a process, which is idle, open no descriptor more. Disposed of, it may open as many as before. */
export async function leaveNoDescriptor(pid: number): Promise<AsyncDisposable> {
  const before = await softLimit(pid);
  const used = await descriptorsOf(pid);
  // The kernel gives out the lowest number that is free, and none from the limit on.
  let free = 0;
  while (used.includes(String(free))) free++;
  await setSoftLimit(pid, String(free));
  return { [Symbol.asyncDispose]: () => setSoftLimit(pid, before) };
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
