import { performance } from 'node:perf_hooks';
import type { BackendVerdicts } from '../../session/witness.ts';
import type { BackendHealth } from './backend-health.ts';
import { machineNow } from '../machine-clock.ts';

/** Looks for answers take no larger part of a worker's time than one of so many. */
const LOOK_SHARE = 20;

export interface SessionVerdictsParts {
  readonly health: BackendHealth;
  readonly onEjected: (slot: number) => void;
  /** Look at every live session of this worker: say `answered` of those whose backend has answered since the last look. */
  readonly noteAnswers: () => void;
}

/**
 * What sessions say of backends, in the table that all workers share; `onEjected` where that ejects one.
 *
 * Answers are noted late, so before failures in a row eject a backend, its sessions are looked at. Where
 * that was done a moment ago the failure is not counted: the next one is, or an answer comes between.
 */
export function sessionVerdicts({
  health,
  onEjected,
  noteAnswers,
}: SessionVerdictsParts): BackendVerdicts {
  let isLooking = false;
  let lookAgainAt = 0;
  const look = () => {
    const began = performance.now();
    isLooking = true;
    try {
      noteAnswers();
    } finally {
      isLooking = false;
    }
    const ended = performance.now();
    lookAgainAt = ended + LOOK_SHARE * (ended - began);
  };
  return {
    failed(slot, cause) {
      if (!isLooking && health.isAtStake(slot, cause)) {
        if (performance.now() < lookAgainAt) return;
        look();
      }
      if (health.failed(slot, machineNow(), cause)) onEjected(slot);
    },
    connected: (slot) => health.connected(slot),
    answered: (slot) => health.succeeded(slot, machineNow()),
  };
}
