import { parentPort, workerData } from 'node:worker_threads';
import {
  BackendHealth,
  type BackendHealthBuffers,
} from '../../../src/worker/health/backend-health.ts';
import type { EjectionRules } from '../../../src/worker/health/health-word.ts';

/** What a worker that races another one to every ejection is started with. */
export interface HealthRace {
  readonly buffers: BackendHealthBuffers;
  readonly rules: EjectionRules;
  /** From 1. */
  readonly slots: number;
  readonly nowMs: number;
}

const { buffers, rules, slots, nowMs } = workerData as HealthRace;
const health = new BackendHealth(buffers, rules);
let ejected = 0;

for (let slot = 1; slot <= slots; slot++) {
  for (let i = 0; i < rules.ejectAfter; i++) {
    if (health.failed(slot, nowMs, 'refused')) ejected++;
  }
}
parentPort!.postMessage(ejected);
