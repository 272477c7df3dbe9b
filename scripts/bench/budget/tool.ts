import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';

// strace and perf do not say when they are attached.
const ATTACHING_MS = 1000;

/** Have a tool watch from outside while `work` goes on. SIGINT makes it write what it saw. */
export async function watched<T>(command: readonly string[], work: () => T): Promise<T> {
  const [file, ...args] = command;
  const tool = spawn(file!, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(tool, 'exit');
  try {
    await Promise.race([pause(ATTACHING_MS), ended]);
    if (tool.exitCode !== null) throw new Error(`${file} could not attach`);
    return work();
  } finally {
    tool.kill('SIGINT');
    await ended;
  }
}
