import type { BackendAddress } from '../../../balance/backend-address.ts';
import type { Absence } from '../../../session/route.ts';
import { dnsName } from './route-members.ts';

/** What is known of the members of a route for one protocol when none of them may be dialled. */
export interface Members {
  readonly addresses: readonly BackendAddress[];
  /** How many could be dialled if they were not draining. */
  readonly vetted: number;
  /** Addresses of DNS names that the guard refuses. */
  readonly refused: number;
}

/** Why a route has no backend. */
export function absenceOf({ addresses, vetted, refused }: Members): Absence {
  if (addresses.length === 0) return 'no member';
  if (vetted > 0) return 'all draining';
  const hadAddress = refused > 0 || addresses.some((address) => dnsName(address) === null);
  return hadAddress ? 'all refused' : 'DNS failed';
}
