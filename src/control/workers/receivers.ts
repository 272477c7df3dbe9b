import type { WorkerSays } from './supervisor.ts';

/** Who hears what a worker says, by its type. */
export type Receivers = {
  readonly [T in WorkerSays['type']]: (
    worker: number,
    message: Extract<WorkerSays, { readonly type: T }>,
  ) => void;
};

/** Give a worker's message to whom it is for. */
export function receive(receivers: Receivers, worker: number, message: WorkerSays): void {
  const receiver = receivers[message.type] as (worker: number, message: WorkerSays) => void;
  receiver(worker, message);
}
