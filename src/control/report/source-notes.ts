import type { TableMode } from '../routes/directory.ts';
import type { SourceStatus } from '../sources/source.ts';

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** What an operator may want to know about the routes in use, in words; `now` since the epoch. */
export function sourceNotes(status: SourceStatus, now: number): readonly string[] {
  const { problem, snapshotAt, lossHeld, snapshot, from } = status;
  const notes: string[] = [];
  if (snapshotAt !== null) {
    const age = ageInWords(now - snapshotAt);
    const why = problem ?? `reading ${from}`;
    notes.push(
      `routes are from the snapshot of ${new Date(snapshotAt).toISOString()}, ${age} old: ${why}`,
    );
  } else if (status.ready && problem !== null) {
    notes.push(`the routes known are served, but: ${problem}`);
  }
  if (lossHeld > 0) notes.push(`${lossHeld} routes that ${from} has lost are held`);
  if (snapshot !== null && snapshot.problem !== null) notes.push(`snapshot: ${snapshot.problem}`);
  return notes;
}

/** The same about what is held of them. */
export function tableNotes(mode: TableMode, isTooOldForHttp: boolean): readonly string[] {
  const notes: string[] = [];
  if (mode === 'on-demand') {
    notes.push('there are more routes than --route-table-max: each is read when it is asked for');
  }
  if (isTooOldForHttp) notes.push('plain HTTP is refused: the routes are too old for it');
  return notes;
}

/** `3 h`, in the largest unit of which there is one. */
export function ageInWords(milliseconds: number): string {
  const [unit, length] = UNITS.find(([, ms]) => milliseconds >= ms) ?? UNITS.at(-1)!;
  return `${Math.max(0, Math.floor(milliseconds / length))} ${unit}`;
}
