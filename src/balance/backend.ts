import type { Endpoint } from '../address.ts';
import type { ProxyMode } from '../proxy-protocol.ts';

/** A backend that may be dialled: resolved to an IP literal or a unix socket, and past the guard. */
export interface Backend {
  /** `10.0.0.1:443`, `[fd00::1]:443` or `unix:/path`: what logs and `explain` print. */
  readonly name: string;
  readonly endpoint: Endpoint;
  /** 1 to 1000. */
  readonly weight: number;
  readonly proxy: ProxyMode;
  /** Its place in the shared table of live backend state. */
  readonly slot: number;
}
