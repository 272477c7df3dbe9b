import type { BackendVerdicts } from '../session/witness.ts';
import type { BackendHealth } from './backend-health.ts';
import { machineNow } from './machine-clock.ts';

/** What sessions say of backends, in the table that all workers share; `onEjected` where that ejects one. */
export function sessionVerdicts(
  health: BackendHealth,
  onEjected: (slot: number) => void,
): BackendVerdicts {
  return {
    failed(slot, cause) {
      if (health.failed(slot, machineNow(), cause)) onEjected(slot);
    },
    connected: (slot) => health.connected(slot),
    answered: (slot) => health.succeeded(slot, machineNow()),
  };
}
