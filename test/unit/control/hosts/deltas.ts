import { DELTA_FIELDS, type HostDeltas } from '../../../../src/worker/hosts/host-tally.ts';

/** What a worker may tell of one host. */
export interface Happened {
  readonly active?: number;
  readonly sessions?: number;
  readonly failed?: number;
  readonly bytes?: readonly [fromClient: number, fromBackend: number];
}

/** A worker's message of what happened to hosts. */
export function deltas(hosts: Readonly<Record<string, Happened>>): HostDeltas {
  const patterns = Object.keys(hosts);
  const numbers = new Float64Array(patterns.length * DELTA_FIELDS);
  for (const [index, { active, sessions, failed, bytes }] of Object.values(hosts).entries())
    numbers.set(
      [active ?? 0, sessions ?? 0, failed ?? 0, ...(bytes ?? [0, 0])],
      index * DELTA_FIELDS,
    );
  return { patterns, numbers };
}
