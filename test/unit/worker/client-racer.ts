import { parentPort, workerData } from 'node:worker_threads';
import { ClientCounter } from '../../../src/worker/clients/client-limits.ts';
import type { ClientTable } from '../../../src/worker/clients/client-table.ts';

/** What a worker that opens and ends sessions of the same few addresses is started with. */
export interface ClientRace {
  readonly table: ClientTable;
  readonly worker: number;
  readonly limit: number;
  readonly addresses: readonly Uint8Array[];
  readonly rounds: number;
}

const { table, worker, limit, addresses, rounds } = workerData as ClientRace;
const clients = new ClientCounter(
  table,
  worker,
  { sessions: limit, rate: null },
  { now: () => 0, onUncounted() {} },
);
const taken = addresses.map((): number[] => []);

for (let i = 0; i < rounds; i++) {
  take(i);
  if (i % 3 === 0) giveBack(i);
}
// Whoever is last takes what is left.
for (const place of addresses.keys()) while (take(place));
parentPort!.postMessage(taken.map(({ length }) => length));

function take(round: number): boolean {
  const place = round % addresses.length;
  const verdict = clients.take(addresses[place]!);
  if (typeof verdict === 'string') return false;
  taken[place]!.push(verdict);
  return true;
}

function giveBack(round: number): void {
  const entry = taken[round % addresses.length]!.pop();
  if (entry !== undefined) clients.release(entry);
}
