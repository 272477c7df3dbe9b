import { setTimeout as sleep } from 'node:timers/promises';
import type { EarlierRoutes, SourceLog } from '../source.ts';

/** A million routes are read from a disk in a second or two. */
const WAIT_MS = 5000;
const LATE = Symbol('late');

/**
 * The earlier routes to compare the first table with; `null` when there are none, or when they take
 * longer than `waitMs`: a disk that does not answer must not keep Redis from being read.
 */
export async function inTime(
  earlier: Promise<EarlierRoutes | null>,
  log: SourceLog,
  ...[closed, waitMs = WAIT_MS]: readonly [AbortSignal, number?]
): Promise<EarlierRoutes | null> {
  const found = new AbortController();
  const signal = AbortSignal.any([closed, found.signal]);
  const late = sleep(waitMs, LATE, { signal }).catch(() => null);
  const first = await Promise.race([earlier, late]);
  found.abort();
  if (first !== LATE) return first;
  log.warn({ waitMs }, 'the snapshot is not read yet: the loss of its routes cannot be held');
  return null;
}
