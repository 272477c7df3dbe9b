import type { RuntimeFacts } from './runtime-health.ts';

/** What a log knows of its own trouble. */
export interface LogTrouble {
  /** Lines lost since the start. */
  readonly dropped: number;
  /** Writing fails at present. */
  readonly isFailing: boolean;
}

/** A person notices. */
const LATE_MS = 100;
const DESCRIPTORS_SHARE = 0.8;

/** What an operator may want to know of the process, in words; nothing where it does well. */
export function runtimeNotes(facts: RuntimeFacts, log: LogTrouble | null): readonly string[] {
  return [
    ...queueNotes(facts),
    ...waitNotes(facts),
    ...descriptorNotes(facts),
    ...(log === null ? [] : logNotes(log)),
  ];
}

function queueNotes({ queued }: RuntimeFacts): readonly string[] {
  return queued === 0 ? [] : [`${countOf(queued, 'session')} waiting for a backend`];
}

function waitNotes({ lagP99Ms, workers }: RuntimeFacts): readonly string[] {
  const notes = workers.flatMap(({ waitP99Ms }, worker) =>
    waitP99Ms !== null && waitP99Ms > LATE_MS
      ? [`worker ${worker} is busy: sessions wait up to ${Math.round(waitP99Ms)} ms for their turn`]
      : [],
  );
  if (lagP99Ms !== null && lagP99Ms > LATE_MS)
    notes.push(`the control plane is busy: look-ups wait up to ${Math.round(lagP99Ms)} ms`);
  return notes;
}

function descriptorNotes({ openDescriptors: open, maxDescriptors: max }: RuntimeFacts) {
  if (open === null || max === null || open < max * DESCRIPTORS_SHARE) return [];
  return [`${open} of ${max} descriptors are open: raise the limit (LimitNOFILE, ulimit -n)`];
}

function logNotes({ dropped, isFailing }: LogTrouble): readonly string[] {
  if (dropped === 0) return [];
  const lost = `${countOf(dropped, 'access line')} lost since the start`;
  return [isFailing ? `the access log cannot be written: ${lost}` : lost];
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
