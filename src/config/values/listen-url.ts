import type { IpEndpoint } from '../../address.ts';
import type { Protocol } from '../../protocol.ts';
import { parseBindAddress } from './bind-address.ts';
import type { Parsed } from './parsed.ts';

/** What a listener expects of its clients; `auto` tells them apart by the first byte. */
export type ListenProtocol = Protocol | 'auto';

/** Where a listener accepts. Port 0 asks the system for a free one. */
export interface ListenUrl extends IpEndpoint {
  /** As the operator wrote it: the listener's name in metrics and the access log. */
  readonly name: string;
  readonly protocol: ListenProtocol;
}

const REASON =
  'is not a listener such as tls://0.0.0.0:443, http://[::]:80 or auto://127.0.0.1:8443';

/** Parse `tls://`, `http://` or `auto://` and an address with its port. */
export function parseListenUrl(text: string): Parsed<ListenUrl> {
  const match = /^(tls|http|auto):\/\/(.+)$/.exec(text);
  const at = match === null ? null : parseBindAddress(match[2]!);
  if (match === null || at === null) return { reason: REASON };
  return { value: { name: text, protocol: match[1] as ListenProtocol, ...at } };
}
