import type { IpEndpoint } from '../../address.ts';

/** Who a trusted sender says is connected, and to which address. */
export interface ProxiedAddresses {
  readonly source: IpEndpoint;
  readonly destination: IpEndpoint;
}

/** What the bytes so far say. `length` is that of the whole header: the head starts after it. */
export type ProxyVerdict =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'proxied'; readonly length: number; readonly addresses: ProxiedAddresses }
  /** The sender speaks for itself: a health check. */
  | { readonly kind: 'local'; readonly length: number }
  /** The sender cannot say, or speaks of something that is no TCP client, such as a unix socket. */
  | { readonly kind: 'unknown'; readonly length: number }
  | { readonly kind: 'malformed'; readonly detail: string };

export const INCOMPLETE_HEADER = { kind: 'incomplete' } as const satisfies ProxyVerdict;
export const NO_HEADER = {
  kind: 'malformed',
  detail: 'no PROXY header',
} as const satisfies ProxyVerdict;
