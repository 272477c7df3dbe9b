import { readFileSync } from 'node:fs';

/** A client and its backend. */
const PER_SESSION = 2;
/** Listeners, Redis, the admin listener and its clients, probes, logs, DNS and the runtime. */
const RESERVE = 192;
/** A worker's loop, its pipes in flight, what it keeps for a dial when none is left, and 64 clients refused with a reply. */
const RESERVE_PER_WORKER = 160;
/** Of a small limit the reserve is no more than this share. */
const MAX_RESERVE_SHARE = 0.5;

/** The soft limit on our open descriptors; `null` where it is not known, or there is none. */
export function descriptorLimit(path = '/proc/self/limits'): number | null {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync(path, 'latin1'))?.[1];
    return soft === undefined ? null : Number(soft);
  } catch {
    return null;
  }
}

/** As many sessions as so many descriptors are enough for, and at least 1. */
export function sessionsWithin(descriptors: number, workers: number): number {
  const reserve = RESERVE + workers * RESERVE_PER_WORKER;
  const left = descriptors - Math.min(reserve, descriptors * MAX_RESERVE_SHARE);
  return Math.max(1, Math.floor(left / PER_SESSION));
}
