/**
 * The wire constants of the PROXY protocol, both ways. Source: haproxy `doc/proxy-protocol.txt`,
 * sections 2.1 (version 1) and 2.2 (version 2).
 */

/** What a backend is told of the client: nothing, or a header of either version. */
export type ProxyMode = 'off' | 'v1' | 'v2';

/** The twelve bytes every version 2 header starts with. */
export const V2_SIGNATURE: Uint8Array = Uint8Array.from([
  0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a,
]);
/** Signature, version and command, family and transport, length. */
export const V2_HEADER_LENGTH = 16;
/** Version 2 in the high nibble, the command in the low one. */
export const V2_LOCAL = 0x20;
export const V2_PROXY = 0x21;
/** Address family in the high nibble, transport in the low one. */
export const V2_FAMILY = { unspecified: 0x00, tcp4: 0x11, tcp6: 0x21, unix: 0x31 } as const;
export const V2_TLV = {
  alpn: 0x01,
  authority: 0x02,
  crc32c: 0x03,
  noop: 0x04,
  uniqueId: 0x05,
} as const;
/** Section 2.1: the longest version 1 line, CRLF included. */
export const V1_MAX_LENGTH = 107;

// RFC 3720 appendix B.4: the Castagnoli polynomial, reflected.
const CASTAGNOLI = 0x82f63b78;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let crc = index;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ CASTAGNOLI : crc >>> 1;
  return crc;
});

/** CRC32C of the bytes, as an unsigned 32-bit number. `123456789` gives 0xe3069283. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = CRC_TABLE[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
