import { performance } from 'node:perf_hooks';

// The zero of `performance.now()` is another one in each thread. That of hrtime is the machine's, but
// each call makes an array.
const ZERO = hrtimeMs() - performance.now();

/** Milliseconds of the machine's monotonic clock: the same in all threads, and set by nobody. */
export function machineNow(): number {
  return ZERO + performance.now();
}

/** A time of that clock in whole milliseconds since the epoch, as the wall clock is set just now. */
export function wallTimeOf(machineMs: number): number {
  return Math.round(machineMs - machineNow() + Date.now());
}

/** The opposite of `wallTimeOf`. */
export function machineTimeOf(wallMs: number): number {
  return wallMs - Date.now() + machineNow();
}

function hrtimeMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
