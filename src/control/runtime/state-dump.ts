import { inAscii } from '../../account/printable.ts';
import type { Overview } from '../report/overview/overview.ts';

/** Sessions told of in all, and of each worker at least and at most. */
const MAX_SESSIONS = 200;
const MIN_PER_WORKER = 4;
const MAX_PER_WORKER = 100;
/** Hosts, backends and failures told of, each. */
const MAX_ROWS = 20;

/** What a dump says: a line of the log each, none longer than some kilobytes. */
export interface DumpLine {
  /** What it is about. */
  readonly dump: string;
  readonly state: unknown;
}

/** How many sessions each of so many workers is asked for. */
export function sessionsPerWorker(workers: number): number {
  const share = Math.floor(MAX_SESSIONS / workers);
  return Math.min(MAX_PER_WORKER, Math.max(MIN_PER_WORKER, share));
}

/**
 * The state of the edge for its log. `limits` as configured; `sessions` are lines of JSON of each worker's
 * oldest live sessions, `null` of a worker that did not answer.
 */
export function dumpLines(
  overview: Overview,
  limits: object,
  sessions: readonly (string | null)[],
): readonly DumpLine[] {
  const { version: _, sessions: live, runtime, source, workers, ...rest } = overview;
  const { hosts, backends, failures, rates, ended, connectMs, ...edge } = rest;
  const parts = {
    edge: { ...edge, pid: process.pid },
    sessions: { live, rates, ended, connectMs },
    limits,
    source,
    runtime,
    workers,
    backends: backends.slice(0, MAX_ROWS),
    hosts: hosts.slice(0, MAX_ROWS),
    failures: failures.slice(0, MAX_ROWS),
  };
  const lines = Object.entries(parts).map(([dump, state]) => ({
    dump,
    state: printableJson(state),
  }));
  return [...lines, ...sessions.flatMap(sessionLines)];
}

function sessionLines(lines: string | null, worker: number): DumpLine[] {
  if (lines === null)
    return [{ dump: 'session', state: { worker, problem: 'it does not answer' } }];
  const texts = lines.split('\n').filter((line) => line !== '');
  return texts.map((line) => ({
    dump: 'session',
    state: { worker, ...(printableJson(JSON.parse(line)) as object) },
  }));
}

// What comes from Redis or a client may hold what a terminal acts on, which the log's own JSON lets through.
function printableJson(value: unknown): unknown {
  const printable = (_: string, part: unknown) => (typeof part === 'string' ? inAscii(part) : part);
  return JSON.parse(JSON.stringify(value ?? null), printable);
}
