import type { Endpoint } from '../address.ts';
import type { ProxyMode } from '../proxy-protocol.ts';

/** A backend that may be dialled: resolved to an IP literal or a unix socket, and past the guard. */
export interface Backend {
  /** `10.0.0.1:443`, `[fd00::1]:443` or `unix:/path`: what logs and `explain` print. */
  readonly name: string;
  readonly endpoint: Endpoint;
  /** The DNS name that it is an address of, with the port; absent where the route says the address. */
  readonly member?: string;
  /** 1 to 1000. */
  readonly weight: number;
  /** Live sessions it may have at once; `null`: any number. */
  readonly max: number | null;
  readonly proxy: ProxyMode;
  /** Its place in the shared table of live backend state. */
  readonly slot: number;
}
