import { networkInterfaces } from 'node:os';
import { plainIp } from '../../address.ts';

/** The addresses of this machine, as they are now: they are ours, and no backend's. */
export function localAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((entries) =>
    (entries ?? []).map(({ address }) => plainIp(address)),
  );
}
