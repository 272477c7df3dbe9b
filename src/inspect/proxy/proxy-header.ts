import { V2_SIGNATURE } from '../../proxy-protocol.ts';
import { parseProxyV1 } from './v1.ts';
import { parseProxyV2 } from './v2.ts';
import { INCOMPLETE_HEADER, NO_HEADER } from './verdict.ts';
import type { ProxyVerdict } from './verdict.ts';

const V1_FIRST = 'P'.charCodeAt(0);

/**
 * Parse the PROXY header that a trusted sender must begin with (haproxy `doc/proxy-protocol.txt`),
 * either version. Never guesses: anything else is malformed. At most 65,551 bytes count.
 */
export function parseProxyHeader(head: Buffer): ProxyVerdict {
  if (head.length === 0) return INCOMPLETE_HEADER;
  if (head[0] === V1_FIRST) return parseProxyV1(head);
  return head[0] === V2_SIGNATURE[0] ? parseProxyV2(head) : NO_HEADER;
}
