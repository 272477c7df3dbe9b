import { isIPv4, isIPv6 } from 'node:net';
import { canonicalIp } from '../../address.ts';
import type { IpEndpoint } from '../../address.ts';
import { V1_MAX_LENGTH } from '../../proxy-protocol.ts';
import { INCOMPLETE_HEADER, NO_HEADER } from './verdict.ts';
import type { ProxyVerdict } from './verdict.ts';

const SIGNATURE = Buffer.from('PROXY ');
const LF = 0x0a;
const MAX_PORT = 65_535;

// Section 2.1: single spaces, no leading zeroes; whatever an UNKNOWN line goes on to say is ignored.
const TCP_LINE = /^PROXY TCP([46]) ([^ ]+) ([^ ]+) (0|[1-9]\d{0,4}) (0|[1-9]\d{0,4})\r\n$/;
const UNKNOWN_LINE = /^PROXY UNKNOWN(?: [^\r\n]*)?\r\n$/;

/** Parse a version 1 header, one line of text of at most 107 bytes (section 2.1). */
export function parseProxyV1(head: Buffer): ProxyVerdict {
  const known = Math.min(head.length, SIGNATURE.length);
  if (head.compare(SIGNATURE, 0, known, 0, known) !== 0) return NO_HEADER;
  const length = head.subarray(0, V1_MAX_LENGTH).indexOf(LF) + 1;
  if (length > 0) return parseLine(head.toString('latin1', 0, length));
  return head.length < V1_MAX_LENGTH ? INCOMPLETE_HEADER : refuse('line over 107 bytes');
}

function parseLine(line: string): ProxyVerdict {
  const length = line.length;
  if (UNKNOWN_LINE.test(line)) return { kind: 'unknown', length };
  const match = TCP_LINE.exec(line);
  if (match === null) return refuse('form of the line');
  const [, family, sourceIp = '', destinationIp = '', sourcePort, destinationPort] = match;
  const source = parseEnd(sourceIp, Number(sourcePort), family);
  const destination = parseEnd(destinationIp, Number(destinationPort), family);
  if (source === null || destination === null) return refuse('address or port');
  return { kind: 'proxied', length, addresses: { source, destination } };
}

function parseEnd(address: string, port: number, family: string | undefined): IpEndpoint | null {
  const isFamily = family === '4' ? isIPv4(address) : isIPv6(address);
  const ip = isFamily ? canonicalIp(address) : null;
  return ip === null || port > MAX_PORT ? null : { ip, port };
}

function refuse(detail: string): ProxyVerdict {
  return { kind: 'malformed', detail: `PROXY v1: ${detail}` };
}
