import { ipText } from '../../address.ts';
import type { IpEndpoint } from '../../address.ts';
import {
  crc32c,
  V2_HEADER_LENGTH,
  V2_LOCAL,
  V2_PROXY,
  V2_SIGNATURE,
  V2_TLV,
} from '../../proxy-protocol.ts';
import { Cursor } from '../cursor.ts';
import { INCOMPLETE_HEADER, NO_HEADER } from './verdict.ts';
import type { ProxiedAddresses, ProxyVerdict } from './verdict.ts';

const COMMAND = V2_SIGNATURE.length;
const FAMILY = COMMAND + 1;
const LENGTH = FAMILY + 1;
const CRC_LENGTH = 4;

/** Address bytes by the high nibble of the family byte; 0, unspecified, may hold anything. */
const ADDRESS_LENGTHS: readonly number[] = [0, 12, 36, 216];
const INET = 1;
const INET6 = 2;
/** The low nibble. */
const UNSPECIFIED = 0;
const STREAM = 1;

/** Parse a version 2 header (section 2.2): fixed part, addresses, type-length-value entries. */
export function parseProxyV2(head: Buffer): ProxyVerdict {
  const known = Math.min(head.length, V2_SIGNATURE.length);
  if (head.compare(V2_SIGNATURE, 0, known, 0, known) !== 0) return NO_HEADER;
  const fault = checkFixedPart(head);
  if (fault !== null) return refuse(fault);
  if (head.length < V2_HEADER_LENGTH) return INCOMPLETE_HEADER;
  const length = V2_HEADER_LENGTH + head.readUInt16BE(LENGTH);
  if (head.length < length) return INCOMPLETE_HEADER;
  return head[COMMAND] === V2_LOCAL ? { kind: 'local', length } : parseProxied(head, length);
}

/** What can be refused before the whole header is there. */
function checkFixedPart(head: Buffer): string | null {
  const command = head[COMMAND] ?? V2_PROXY;
  if (command !== V2_LOCAL && command !== V2_PROXY) return 'version or command';
  if (head.length < V2_HEADER_LENGTH || command === V2_LOCAL) return null;
  const addressLength = ADDRESS_LENGTHS[head[FAMILY]! >> 4];
  const transport = head[FAMILY]! & 0x0f;
  if (addressLength === undefined || transport > STREAM) return 'family or transport';
  const isShort = transport === STREAM && head.readUInt16BE(LENGTH) < addressLength;
  return isShort ? 'too short for its family' : null;
}

function parseProxied(head: Buffer, length: number): ProxyVerdict {
  const family = head[FAMILY]! >> 4;
  const transport = head[FAMILY]! & 0x0f;
  // What follows has no form that we know: skip it, as for LOCAL.
  if (family === UNSPECIFIED || transport === UNSPECIFIED) return { kind: 'unknown', length };
  const fault = checkEntries(head, V2_HEADER_LENGTH + ADDRESS_LENGTHS[family]!, length);
  if (fault !== null) return refuse(fault);
  if (family !== INET && family !== INET6) return { kind: 'unknown', length };
  return { kind: 'proxied', length, addresses: addressesOf(head, family === INET ? 4 : 16) };
}

function addressesOf(head: Buffer, ipLength: number): ProxiedAddresses {
  const destination = V2_HEADER_LENGTH + ipLength;
  const ports = destination + ipLength;
  return {
    source: endAt(head, V2_HEADER_LENGTH, ipLength, ports),
    destination: endAt(head, destination, ipLength, ports + 2),
  };
}

function endAt(head: Buffer, ip: number, ipLength: number, port: number): IpEndpoint {
  return { ip: ipText(head.subarray(ip, ip + ipLength)), port: head.readUInt16BE(port) };
}

function checkEntries(head: Buffer, start: number, end: number): string | null {
  const entries = new Cursor(head, start, end);
  let isChecked = false;
  while (entries.left > 0) {
    const type = entries.u8();
    const length = entries.u16();
    if (entries.overrun || length > entries.left) return 'entry runs past the header';
    // An entry of another length is no checksum. A second one cannot be right beside the first.
    if (type === V2_TLV.crc32c && length === CRC_LENGTH) {
      if (isChecked || !isCrcRight(head, entries.at, end)) return 'CRC32C';
      isChecked = true;
    }
    entries.skip(length);
  }
  return null;
}

// Section 2.2.3: over the whole header, with the checksum itself as zero.
function isCrcRight(head: Buffer, at: number, end: number): boolean {
  const covered = Buffer.from(head.subarray(0, end)).fill(0, at, at + CRC_LENGTH);
  return crc32c(covered) === head.readUInt32BE(at);
}

function refuse(detail: string): ProxyVerdict {
  return { kind: 'malformed', detail: `PROXY v2: ${detail}` };
}
