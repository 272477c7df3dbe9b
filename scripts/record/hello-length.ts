const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;

/**
 * The bytes up to the end of a ClientHello, record headers included; `null` when it is not all there.
 * A walk of its own, so that `src/inspect` is not tested against itself.
 */
export function helloLength(bytes: Buffer): number | null {
  if (bytes.length < 6) return null;
  return bytes[0] === HANDSHAKE_RECORD ? recordsLength(bytes) : sslv2Length(bytes);
}

function recordsLength(bytes: Buffer): number | null {
  let message = Buffer.alloc(0);
  let at = 0;
  while (at + 5 <= bytes.length && bytes[at] === HANDSHAKE_RECORD) {
    const start = at + 5;
    at = start + bytes.readUInt16BE(at + 3);
    message = Buffer.concat([message, bytes.subarray(start, at)]);
    if (message.length < 4) continue;
    if (message[0] !== CLIENT_HELLO) return null;
    const missing = 4 + message.readUIntBE(1, 3) - message.length;
    if (missing <= 0) return at <= bytes.length ? at + missing : null;
  }
  return null;
}

// Two bytes of length with the top bit set, then the message type: SSLv2, or a hello in its form.
function sslv2Length(bytes: Buffer): number | null {
  if ((bytes[0]! & 0x80) === 0 || bytes[2] !== CLIENT_HELLO) return null;
  const end = 2 + (bytes.readUInt16BE(0) & 0x7fff);
  return end <= bytes.length ? end : null;
}
