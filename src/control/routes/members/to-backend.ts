import { formatHostPort, type Endpoint } from '../../../address.ts';
import type { Backend } from '../../../balance/backend.ts';
import type { BackendAddress } from '../../../balance/backend-address.ts';
import type { ProxyMode } from '../../../proxy-protocol.ts';
import { dnsName } from './route-members.ts';

/** An address past the guard, and the member it comes from. */
export interface VettedAddress {
  readonly endpoint: Endpoint;
  readonly address: BackendAddress;
}

/** The backend at an address; `proxy` is what the route or the flag says. */
export function toBackend(
  name: string,
  { endpoint, address }: VettedAddress,
  proxy: ProxyMode,
  slot: number,
): Backend {
  const { weight, max } = address;
  const host = dnsName(address);
  const backend = { name, endpoint, weight, max, proxy: address.proxy ?? proxy, slot };
  if (host === null || 'path' in endpoint) return backend;
  return { ...backend, member: formatHostPort(host, endpoint.port) };
}
