export const HT = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const COLON = 0x3a;
export const DEL = 0x7f;

const TOKEN_CHARACTERS =
  "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const TOKEN = tableOf(TOKEN_CHARACTERS);

/** Whether the byte may be part of a method or a field name (RFC 9110 section 5.6.2). */
export function isTokenByte(byte: number): boolean {
  return TOKEN[byte] === 1;
}

/** The first position from `start` on, before `end`, that is not a token byte; else `end`. */
export function endOfToken(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && TOKEN[bytes[at]!] === 1) at++;
  return at;
}

function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}
