import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ: what /proc counts time in, on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;
// Behind the name of the program, which is in brackets and may contain anything.
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;

/** A process and all its descendants. */
export function processTree(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) => childrenOf(pid, task));
  return [pid, ...children.flatMap(processTree)];
}

/** What a process, all its threads and descendants have used of the CPU so far, in seconds. */
export function cpuSeconds(pid: number): number {
  const ticks = processTree(pid).map((each) => {
    const stat = readFileSync(`/proc/${each}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS]);
  });
  return sum(ticks) / TICKS_PER_SECOND;
}

/** What everything on this machine has used of the CPU so far, in seconds. */
export function machineSeconds(): number {
  const first = readFileSync('/proc/stat', 'latin1').split('\n', 1)[0]!;
  const [user, nice, system, , , irq, softirq] = first.split(/ +/).slice(1).map(Number);
  return sum([user!, nice!, system!, irq!, softirq!]) / TICKS_PER_SECOND;
}

/** The memory of a process and its descendants, in KB, shared pages by halves (smaps: Pss). */
export function memoryKb(pid: number): number {
  const kilobytes = processTree(pid).map((each) => {
    const rollup = readFileSync(`/proc/${each}/smaps_rollup`, 'latin1');
    return Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1]);
  });
  return sum(kilobytes);
}

function childrenOf(pid: number, task: string): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1');
    return children.split(' ').filter(Boolean).map(Number);
  } catch {
    // The thread has ended meanwhile.
    return [];
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
