import { readFileSync } from 'node:fs';

/** A client and its backend. */
const PER_SESSION = 2;
/** Listeners, Redis, the admin listener and its clients, probes, logs, DNS and the runtime. */
const RESERVE = 192;
/** A worker's loop, what it keeps for a dial when none is left, and 64 clients each that are refused and that are looked at before. */
const RESERVE_PER_WORKER = 160;
/** A pipe has two ends. */
const PER_PIPE = 2;
/** Pipes of one worker, where there are descriptors enough: a direction of a session in bulk has one. */
const MAX_PIPES = 256;
/** Of a small limit the pipes of all workers together are no more than this share. */
const MAX_PIPE_SHARE = 0.125;
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

/** How many pipes each worker may have open, those included that a client holds who does not read. */
export function pipesWithin(descriptors: number | null, workers: number): number {
  if (descriptors === null) return MAX_PIPES;
  const share = (descriptors * MAX_PIPE_SHARE) / workers;
  return Math.min(MAX_PIPES, Math.floor(share / PER_PIPE));
}

/** As many sessions as so many descriptors are enough for, and at least 1. */
export function sessionsWithin(descriptors: number, workers: number): number {
  const perWorker = RESERVE_PER_WORKER + PER_PIPE * pipesWithin(descriptors, workers);
  const reserve = RESERVE + workers * perWorker;
  const left = descriptors - Math.min(reserve, descriptors * MAX_RESERVE_SHARE);
  return Math.max(1, Math.floor(left / PER_SESSION));
}
